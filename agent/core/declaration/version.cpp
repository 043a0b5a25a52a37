#include "core/declaration/version.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <tuple>
#include <vector>

#include "core/declaration/requirement.hpp"
#include "util/text.hpp"

namespace gup {
namespace {

// Numbers are digit strings without leading zeros: they have no size limit.
struct Version {
    std::string epoch = "0";
    std::vector<std::string> release;  // without trailing zeros
    std::string pre;                   // "a1", "b0", "rc2"; empty: none
    std::string post;
    std::string dev;
    std::vector<std::string> local;

    [[nodiscard]] bool same_public(const Version& other) const {
        return std::tie(epoch, release, pre, post, dev) ==
               std::tie(other.epoch, other.release, other.pre, other.post, other.dev);
    }
};

struct Spelling {
    std::string_view written;
    std::string_view meant;
};

// A longer spelling precedes its own prefix.
constexpr std::array<Spelling, 8> pre_spellings{{{"alpha", "a"},
                                                 {"beta", "b"},
                                                 {"preview", "rc"},
                                                 {"pre", "rc"},
                                                 {"rc", "rc"},
                                                 {"a", "a"},
                                                 {"b", "b"},
                                                 {"c", "rc"}}};
constexpr std::array<Spelling, 3> post_spellings{{{"post", ""}, {"rev", ""}, {"r", ""}}};
constexpr std::array<Spelling, 1> dev_spellings{{{"dev", ""}}};

std::string without_leading_zeros(std::string_view digits) {
    const auto first = digits.find_first_not_of('0');
    return first == std::string_view::npos ? "0" : std::string(digits.substr(first));
}

// Reads PEP 440's grammar (appendix B) greedily from left to right, and never has to go back.
class Parser {
public:
    explicit Parser(std::string_view text) : text_(lower(trimmed(text))), rest_(text_) {}

    std::optional<Version> parse() {
        Version version;
        skip('v');
        std::string_view digits = take_digits();
        if (!digits.empty() && skip('!')) {
            version.epoch = without_leading_zeros(digits);
            digits = take_digits();
        }
        if (digits.empty()) return std::nullopt;
        take_release(digits, version);
        version.pre = take_suffix(pre_spellings);
        version.post = take_post();
        version.dev = take_suffix(dev_spellings);
        if (!take_local(version) || !rest_.empty()) return std::nullopt;
        return version;
    }

private:
    bool skip(char c) {
        if (!rest_.starts_with(c)) return false;
        rest_.remove_prefix(1);
        return true;
    }

    std::string_view take_digits() {
        const auto end = std::find_if_not(rest_.begin(), rest_.end(), is_digit);
        const auto length = static_cast<std::size_t>(end - rest_.begin());
        const std::string_view digits = rest_.substr(0, length);
        rest_.remove_prefix(length);
        return digits;
    }

    void take_release(std::string_view first, Version& version) {
        version.release.push_back(without_leading_zeros(first));
        while (rest_.size() >= 2 && rest_[0] == '.' && is_digit(rest_[1])) {
            rest_.remove_prefix(1);
            version.release.push_back(without_leading_zeros(take_digits()));
        }
        while (!version.release.empty() && version.release.back() == "0") version.release.pop_back();
    }

    // [-_.]? word [-_.]? digits?: the normalized word and its number; empty if there is none.
    template <std::size_t N>
    std::string take_suffix(const std::array<Spelling, N>& spellings) {
        const std::size_t separator = !rest_.empty() && is_separator(rest_.front()) ? 1 : 0;
        for (const auto& [written, meant] : spellings) {
            if (!rest_.substr(separator).starts_with(written)) continue;
            rest_.remove_prefix(separator + written.size());
            if (!rest_.empty() && is_separator(rest_.front())) rest_.remove_prefix(1);
            return std::string(meant) + without_leading_zeros(take_digits());
        }
        return {};
    }

    std::string take_post() {
        if (rest_.size() >= 2 && rest_[0] == '-' && is_digit(rest_[1])) {
            rest_.remove_prefix(1);
            return without_leading_zeros(take_digits());
        }
        return take_suffix(post_spellings);
    }

    // False when the text after '+' is not a local version.
    bool take_local(Version& version) {
        if (!skip('+')) return true;
        while (true) {
            const auto end = std::find_if_not(rest_.begin(), rest_.end(),
                                              [](char c) { return is_digit(c) || (c >= 'a' && c <= 'z'); });
            const std::string_view part = rest_.substr(0, static_cast<std::size_t>(end - rest_.begin()));
            if (part.empty()) return false;
            rest_.remove_prefix(part.size());
            const bool number = std::all_of(part.begin(), part.end(), is_digit);
            version.local.push_back(number ? without_leading_zeros(part) : std::string(part));
            if (rest_.empty() || !is_separator(rest_.front())) return true;
            rest_.remove_prefix(1);
        }
    }

    std::string text_;
    std::string_view rest_;
};

}  // namespace

bool is_pep440(std::string_view text) {
    return Parser(text).parse().has_value();
}

bool satisfies_pin(std::string_view pinned, std::string_view installed) {
    const auto wanted = Parser(pinned).parse();
    const auto found = Parser(installed).parse();
    if (!wanted || !found) return trimmed(pinned) == trimmed(installed);
    return wanted->same_public(*found) && (wanted->local.empty() || wanted->local == found->local);
}

}  // namespace gup
