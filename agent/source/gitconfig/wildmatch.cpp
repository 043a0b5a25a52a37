// SPDX-License-Identifier: Apache-2.0
#include "source/gitconfig/wildmatch.hpp"

#include <array>
#include <cctype>
#include <optional>
#include <utility>

#include "util/text.hpp"

namespace gup::git {
namespace {

constexpr int most_steps = 100'000;  // patterns with many stars would take for ever

unsigned char lowered(char c) {
    return static_cast<unsigned char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

bool is_of_class(std::string_view name, unsigned char c) {
    using Test = int (*)(int);
    constexpr std::array<std::pair<std::string_view, Test>, 12> classes{{{"alnum", std::isalnum},
                                                                         {"alpha", std::isalpha},
                                                                         {"blank", std::isblank},
                                                                         {"cntrl", std::iscntrl},
                                                                         {"digit", std::isdigit},
                                                                         {"graph", std::isgraph},
                                                                         {"lower", std::islower},
                                                                         {"print", std::isprint},
                                                                         {"punct", std::ispunct},
                                                                         {"space", std::isspace},
                                                                         {"upper", std::isupper},
                                                                         {"xdigit", std::isxdigit}}};
    for (const auto& [known, test] : classes) {
        if (known == name) return test(c) != 0;
    }
    return false;
}

class WildMatch {
public:
    explicit WildMatch(Letters letters) : ignores_case_(letters == Letters::any_case) {}

    bool matches(std::string_view pattern, std::string_view text) {
        bool after_slash = true;  // where "**/" may begin
        while (!pattern.empty()) {
            if (++steps_ > most_steps) return false;
            if (pattern.front() == '*') return matches_star(pattern, text, after_slash);
            if (text.empty()) return false;
            const auto rest = match_one(pattern, text.front());
            if (!rest) return false;
            after_slash = text.front() == '/';
            pattern = *rest;
            text.remove_prefix(1);
        }
        return text.empty();
    }

private:
    bool matches_star(std::string_view pattern, std::string_view text, bool after_slash) {
        std::size_t stars = 0;
        while (stars < pattern.size() && pattern[stars] == '*') ++stars;
        const std::string_view rest = pattern.substr(stars);
        const bool crosses = stars == 2 && after_slash && (rest.empty() || rest.front() == '/');
        if (crosses && !rest.empty() && matches(rest.substr(1), text)) return true;  // "**/" as no part at all
        for (;;) {
            if (matches(rest, text)) return true;
            if (text.empty() || (text.front() == '/' && !crosses) || steps_ > most_steps) return false;
            text.remove_prefix(1);
        }
    }

    // The pattern after its first element, if that takes `c`.
    std::optional<std::string_view> match_one(std::string_view pattern, char c) const {
        const char first = pattern.front();
        if (first == '?') return c == '/' ? std::nullopt : std::optional(pattern.substr(1));
        if (first == '[') return match_set(pattern.substr(1), c);
        const bool is_escaped = first == '\\' && pattern.size() > 1;
        const std::size_t used = is_escaped ? 2 : 1;
        return same(pattern[used - 1], c) ? std::optional(pattern.substr(used)) : std::nullopt;
    }

    std::optional<std::string_view> match_set(std::string_view pattern, char c) const {
        const bool is_negated = pattern.starts_with('!') || pattern.starts_with('^');
        if (is_negated) pattern.remove_prefix(1);
        bool found = false;
        for (bool is_first = true; is_first || !pattern.starts_with(']'); is_first = false) {
            if (pattern.empty()) return std::nullopt;
            if (pattern.starts_with("[:")) {
                const auto end = pattern.find(":]");
                if (end == std::string_view::npos) return std::nullopt;
                found = found || is_of_class(pattern.substr(2, end - 2), static_cast<unsigned char>(c));
                pattern.remove_prefix(end + 2);
                continue;
            }
            const char low = take_letter(pattern);
            char high = low;
            if (pattern.size() > 1 && pattern[0] == '-' && pattern[1] != ']') {
                pattern.remove_prefix(1);
                high = take_letter(pattern);
            }
            found = found || is_between(low, high, c);
        }
        pattern.remove_prefix(1);
        return found != is_negated && c != '/' ? std::optional(pattern) : std::nullopt;
    }

    static char take_letter(std::string_view& pattern) {
        if (pattern.size() > 1 && pattern.front() == '\\') pattern.remove_prefix(1);
        const char letter = pattern.front();
        pattern.remove_prefix(1);
        return letter;
    }

    [[nodiscard]] bool is_between(char low, char high, char c) const {
        const auto in = [&](unsigned char a, unsigned char b, unsigned char x) { return a <= x && x <= b; };
        if (in(static_cast<unsigned char>(low), static_cast<unsigned char>(high), static_cast<unsigned char>(c)))
            return true;
        return ignores_case_ && in(lowered(low), lowered(high), lowered(c));
    }

    [[nodiscard]] bool same(char a, char b) const { return a == b || (ignores_case_ && lowered(a) == lowered(b)); }

    bool ignores_case_;
    int steps_ = 0;
};

}  // namespace

bool wild_matches(std::string_view pattern, std::string_view text, Letters letters) {
    return WildMatch(letters).matches(pattern, text);
}

}  // namespace gup::git
