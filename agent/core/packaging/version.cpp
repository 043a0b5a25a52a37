// SPDX-License-Identifier: Apache-2.0
#include "core/packaging/version.hpp"

#include <algorithm>
#include <array>

#include "core/packaging/names.hpp"
#include "core/packaging/python_space.hpp"
#include "util/text.hpp"

namespace gup {
namespace {

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

std::string joined(const std::vector<std::string>& parts) {
    std::string out;
    for (const std::string& part : parts) {
        if (!out.empty()) out += '.';
        out += part;
    }
    return out;
}

// Reads PEP 440's grammar (appendix B) greedily from left to right, and never has to go back.
class VersionReader {
public:
    explicit VersionReader(std::string_view text) : text_(text), rest_(text) {}

    std::optional<VersionAtStart> read(LocalPart local) {
        Version version;
        if (!rest_.empty() && (rest_.front() == 'v' || rest_.front() == 'V')) rest_.remove_prefix(1);
        std::string_view digits = take_digits();
        if (!digits.empty() && rest_.size() >= 2 && rest_[0] == '!' && is_digit(rest_[1])) {
            version.epoch = without_leading_zeros(digits);
            rest_.remove_prefix(1);
            digits = take_digits();
        }
        if (digits.empty()) return std::nullopt;
        take_release(digits, version.release);
        if (const Spelling* word = take_word(pre_spellings)) {
            version.pre = Version::PreRelease{std::string(word->meant), take_number()};
        }
        version.post = take_post();
        if (take_word(dev_spellings) != nullptr) version.dev = take_number();
        if (local == LocalPart::allowed) take_local(version.local);
        return VersionAtStart{std::move(version), text_.size() - rest_.size()};
    }

private:
    std::string_view take_digits() {
        const auto end = std::find_if_not(rest_.begin(), rest_.end(), is_digit);
        const std::string_view digits = rest_.substr(0, static_cast<std::size_t>(end - rest_.begin()));
        rest_.remove_prefix(digits.size());
        return digits;
    }

    void take_release(std::string_view first, std::vector<std::string>& release) {
        release.push_back(without_leading_zeros(first));
        while (rest_.size() >= 2 && rest_[0] == '.' && is_digit(rest_[1])) {
            rest_.remove_prefix(1);
            release.push_back(without_leading_zeros(take_digits()));
        }
    }

    // [-_.]? word: null if there is none.
    template <std::size_t N>
    const Spelling* take_word(const std::array<Spelling, N>& spellings) {
        const std::size_t separator = !rest_.empty() && is_separator(rest_.front()) ? 1 : 0;
        for (const Spelling& spelling : spellings) {
            if (!equals_ignoring_case(rest_.substr(separator, spelling.written.size()), spelling.written)) continue;
            rest_.remove_prefix(separator + spelling.written.size());
            return &spelling;
        }
        return nullptr;
    }

    // [-_.]? digits?: "0" without digits.
    std::string take_number() {
        if (!rest_.empty() && is_separator(rest_.front())) rest_.remove_prefix(1);
        return without_leading_zeros(take_digits());
    }

    std::optional<std::string> take_post() {
        if (rest_.size() >= 2 && rest_[0] == '-' && is_digit(rest_[1])) return take_number();
        if (take_word(post_spellings) == nullptr) return std::nullopt;
        return take_number();
    }

    void take_local(std::vector<std::string>& local) {
        // A '+' or a separator belongs to the version when a letter or digit follows.
        for (char before = '+';; before = '.') {
            if (rest_.size() < 2 || !is_letter_or_digit(rest_[1])) return;
            if (before == '+' ? rest_[0] != '+' : !is_separator(rest_[0])) return;
            rest_.remove_prefix(1);
            const auto end = std::find_if_not(rest_.begin(), rest_.end(), is_letter_or_digit);
            const std::string_view part = rest_.substr(0, static_cast<std::size_t>(end - rest_.begin()));
            rest_.remove_prefix(part.size());
            const bool number = std::all_of(part.begin(), part.end(), is_digit);
            local.push_back(number ? without_leading_zeros(part) : lower(part));
        }
    }

    std::string_view text_;
    std::string_view rest_;
};

// Both without leading zeros.
std::strong_ordering compare_numbers(std::string_view one, std::string_view other) {
    const auto order = one.size() <=> other.size();
    return std::is_neq(order) ? order : one.compare(other) <=> 0;
}

std::strong_ordering compare_releases(const std::vector<std::string>& one, const std::vector<std::string>& other) {
    static const std::string zero = "0";
    for (std::size_t i = 0; i < std::max(one.size(), other.size()); ++i) {
        const auto order = compare_numbers(i < one.size() ? one[i] : zero, i < other.size() ? other[i] : zero);
        if (std::is_neq(order)) return order;
    }
    return std::strong_ordering::equal;
}

// A development release of no pre- or post-release precedes all pre-releases; a version without one follows them.
int rank_of_pre(const Version& version) {
    if (version.pre) return 1;
    return !version.post && version.dev ? 0 : 2;
}

std::strong_ordering compare_pre(const Version& one, const Version& other) {
    const auto rank = rank_of_pre(one) <=> rank_of_pre(other);
    if (std::is_neq(rank) || !one.pre || !other.pre) return rank;
    const auto letter = one.pre->letter.compare(other.pre->letter) <=> 0;
    return std::is_neq(letter) ? letter : compare_numbers(one.pre->number, other.pre->number);
}

enum class Absent : bool { first, last };

std::strong_ordering compare_suffix(const std::optional<std::string>& one, const std::optional<std::string>& other,
                                    Absent absent) {
    if (one && other) return compare_numbers(*one, *other);
    const auto order = one.has_value() <=> other.has_value();
    return absent == Absent::first ? order : other.has_value() <=> one.has_value();
}

// Numbers follow words, and a longer local part follows its own beginning.
std::strong_ordering compare_local(const std::vector<std::string>& one, const std::vector<std::string>& other) {
    for (std::size_t i = 0; i < std::min(one.size(), other.size()); ++i) {
        const bool is_number = std::all_of(one[i].begin(), one[i].end(), is_digit);
        const bool is_other_number = std::all_of(other[i].begin(), other[i].end(), is_digit);
        auto order = is_number <=> is_other_number;
        if (std::is_eq(order)) order = is_number ? compare_numbers(one[i], other[i]) : one[i].compare(other[i]) <=> 0;
        if (std::is_neq(order)) return order;
    }
    return one.size() <=> other.size();
}

}  // namespace

std::optional<Version> Version::parse(std::string_view text) {
    text = python_trimmed(text);
    auto found = version_at_start(text, LocalPart::allowed);
    if (!found || found->length != text.size()) return std::nullopt;
    return std::move(found->version);
}

std::string Version::base_text() const {
    return epoch == "0" ? joined(release) : epoch + "!" + joined(release);
}

std::string Version::public_text() const {
    std::string out = base_text();
    if (pre) out += pre->letter + pre->number;
    if (post) out += ".post" + *post;
    if (dev) out += ".dev" + *dev;
    return out;
}

std::string Version::local_text() const {
    return joined(local);
}

std::string Version::text() const {
    return local.empty() ? public_text() : public_text() + "+" + local_text();
}

Version Version::without_local() const {
    Version out = *this;
    out.local.clear();
    return out;
}

Version Version::without_trailing_zeros() const {
    Version out = *this;
    while (out.release.size() > 1 && out.release.back() == "0") out.release.pop_back();
    return out;
}

std::strong_ordering compare_public(const Version& one, const Version& other) {
    auto order = compare_numbers(one.epoch, other.epoch);
    if (std::is_eq(order)) order = compare_releases(one.release, other.release);
    if (std::is_eq(order)) order = compare_pre(one, other);
    if (std::is_eq(order)) order = compare_suffix(one.post, other.post, Absent::first);
    return std::is_neq(order) ? order : compare_suffix(one.dev, other.dev, Absent::last);
}

std::strong_ordering operator<=>(const Version& one, const Version& other) {
    const auto order = compare_public(one, other);
    return std::is_neq(order) ? order : compare_local(one.local, other.local);
}

std::optional<VersionAtStart> version_at_start(std::string_view text, LocalPart local) {
    return VersionReader(text).read(local);
}

bool is_pep440(std::string_view text) {
    text = trimmed(text);
    const auto found = version_at_start(text, LocalPart::allowed);
    return found && found->length == text.size();
}

bool satisfies_pin(std::string_view pinned, std::string_view installed) {
    if (pinned == installed) return true;
    const auto wanted = Version::parse(pinned);
    const auto found = Version::parse(installed);
    if (!wanted || !found) return trimmed(pinned) == trimmed(installed);
    return wanted->local.empty() ? std::is_eq(compare_public(*wanted, *found)) : *wanted == *found;
}

}  // namespace gup
