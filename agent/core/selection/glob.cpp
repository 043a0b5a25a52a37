// SPDX-License-Identifier: Apache-2.0
#include "core/selection/glob.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace gup {
namespace {

constexpr std::string_view special = "*?[\\";

using CharacterTest = int (*)(int);

struct CharacterClass {
    std::string_view name;
    CharacterTest test;
};

constexpr std::array<CharacterClass, 12> character_classes{{{"alnum", ::isalnum},
                                                            {"alpha", ::isalpha},
                                                            {"blank", ::isblank},
                                                            {"cntrl", ::iscntrl},
                                                            {"digit", ::isdigit},
                                                            {"graph", ::isgraph},
                                                            {"lower", ::islower},
                                                            {"print", ::isprint},
                                                            {"punct", ::ispunct},
                                                            {"space", ::isspace},
                                                            {"upper", ::isupper},
                                                            {"xdigit", ::isxdigit}}};

unsigned char byte_at(std::string_view text, std::size_t at) {
    return at < text.size() ? static_cast<unsigned char>(text[at]) : 0;
}

}  // namespace

Glob::Glob(std::string_view pattern, Of of) : of_(of) {
    if (pattern.find_first_of(special) == std::string_view::npos) {
        literal_ = pattern;
        return;
    }
    for (std::size_t at = 0; at < pattern.size();) {
        if (pattern[at] == '*') {
            add_stars(pattern, at);
        } else if (pattern[at] == '[') {
            add_class(pattern, at);
        } else if (pattern[at] == '?') {
            parts_.push_back({Kind::one, any()});
            ++at;
        } else {
            if (pattern[at] == '\\') ++at;
            Part part;
            if (at == pattern.size()) part.kind = Kind::never;
            part.set.set(byte_at(pattern, at++));
            parts_.push_back(part);
        }
    }
}

Glob::Characters Glob::any() const {
    Characters all;
    all.set();
    if (of_ == Of::path) all.reset('/');
    return all;
}

void Glob::add_stars(std::string_view pattern, std::size_t& at) {
    const std::size_t begin = at;
    while (byte_at(pattern, at) == '*') ++at;
    // git compares what is before the first special character by itself, so stars there begin a part, too.
    const bool is_at_begin = begin == pattern.find_first_of(special) || pattern[begin - 1] == '/';
    const bool is_whole_part =
        at - begin > 1 && is_at_begin && (at == pattern.size() || pattern[at] == '/' || pattern.substr(at, 2) == "\\/");
    if (of_ == Of::name || !is_whole_part) {
        parts_.push_back({Kind::run, any()});
        return;
    }
    Characters all;
    all.set();
    if (byte_at(pattern, at) == '/') parts_.push_back({Kind::maybe_two, {}});
    parts_.push_back({Kind::run, all});
}

// One character, range or [:class:] of a bracket. False: the pattern matches nothing.
bool Glob::add_member(std::string_view pattern, std::size_t& at, Part& part, unsigned char& before) const {
    const auto escaped = [&] {
        if (byte_at(pattern, at) == '\\') ++at;
        return at < pattern.size();
    };
    if (pattern[at] == '-' && before != 0 && byte_at(pattern, at + 1) != 0 && pattern[at + 1] != ']') {
        ++at;
        if (!escaped()) return false;
        for (unsigned c = before; c <= byte_at(pattern, at); ++c) part.set.set(c);
        before = 0;
    } else if (pattern.substr(at, 2) == "[:") {
        const auto end = pattern.find(']', at + 2);
        if (end == std::string_view::npos) return false;
        if (end == at + 2 || pattern[end - 1] != ':') {
            before = '[';
            part.set.set('[');
        } else {
            const std::string_view name = pattern.substr(at + 2, end - at - 3);
            const auto* found = std::find_if(character_classes.begin(), character_classes.end(),
                                             [&](const CharacterClass& one) { return one.name == name; });
            if (found == character_classes.end()) return false;
            for (int c = 0; c < 128; ++c) {
                if (found->test(c) != 0) part.set.set(static_cast<std::size_t>(c));
            }
            at = end;
            before = 0;
        }
    } else {
        if (!escaped()) return false;
        before = byte_at(pattern, at);
        part.set.set(before);
    }
    ++at;
    return true;
}

void Glob::add_class(std::string_view pattern, std::size_t& at) {
    Part part;
    const bool is_negated = byte_at(pattern, at + 1) == '!' || byte_at(pattern, at + 1) == '^';
    at += is_negated ? 2 : 1;
    unsigned char before = 0;
    bool is_good = true;
    do {
        is_good = at < pattern.size() && add_member(pattern, at, part, before);
    } while (is_good && byte_at(pattern, at) != ']');
    if (!is_good) {
        part.kind = Kind::never;
        at = pattern.size();
    } else {
        ++at;
        if (is_negated) part.set.flip();
        if (of_ == Of::path) part.set.reset('/');
    }
    parts_.push_back(part);
}

// `state` is the number of matched parts. Parts that match nothing lead further.
void Glob::reach(std::vector<bool>& states, std::size_t state) const {
    for (;; ++state) {
        if (states[state]) return;
        states[state] = true;
        if (state == parts_.size()) return;
        const Kind kind = parts_[state].kind;
        if (kind == Kind::maybe_two) {
            reach(states, state + 3);
        } else if (kind != Kind::run) {
            return;
        }
    }
}

bool Glob::matches(std::string_view text) const {
    if (parts_.empty()) return text == literal_;
    std::vector<bool> now(parts_.size() + 1);
    reach(now, 0);
    for (const char character : text) {
        std::vector<bool> next(parts_.size() + 1);
        for (std::size_t state = 0; state < parts_.size(); ++state) {
            const Part& part = parts_[state];
            if (!now[state] || !part.set.test(static_cast<unsigned char>(character))) continue;
            if (part.kind == Kind::one) reach(next, state + 1);
            if (part.kind == Kind::run) reach(next, state);
        }
        now = std::move(next);
    }
    return now.back();
}

}  // namespace gup
