#include "selfupdate/semantic_version.hpp"

#include <algorithm>

namespace gup {
namespace {

constexpr std::string_view decimal_digits = "0123456789";

bool is_number(std::string_view text) {
    return !text.empty() && text.find_first_not_of(decimal_digits) == std::string_view::npos &&
           (text.size() == 1 || text[0] != '0');
}

bool is_identifier(std::string_view text) {
    constexpr std::string_view letters = "0123456789-ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    if (text.empty() || text.find_first_not_of(letters) != std::string_view::npos) return false;
    return text.find_first_not_of(decimal_digits) != std::string_view::npos || is_number(text);
}

std::vector<std::string> split(std::string_view text) {
    std::vector<std::string> parts;
    for (;;) {
        const auto dot = text.find('.');
        parts.emplace_back(text.substr(0, dot));
        if (dot == std::string_view::npos) return parts;
        text.remove_prefix(dot + 1);
    }
}

std::strong_ordering compare_numbers(const std::string& a, const std::string& b) {
    if (a.size() != b.size()) return a.size() <=> b.size();
    return a.compare(b) <=> 0;
}

std::strong_ordering compare_identifiers(const std::string& a, const std::string& b) {
    if (is_number(a) && is_number(b)) return compare_numbers(a, b);
    if (is_number(a) != is_number(b)) return is_number(a) ? std::strong_ordering::less : std::strong_ordering::greater;
    return a.compare(b) <=> 0;
}

}  // namespace

std::optional<ReleaseVersion> ReleaseVersion::parse(std::string_view text) {
    constexpr std::size_t longest = 128;
    if (text.size() > longest) return std::nullopt;
    const auto dash = text.find('-');
    ReleaseVersion version;
    version.numbers_ = split(text.substr(0, dash));
    if (version.numbers_.size() != 3 || !std::all_of(version.numbers_.begin(), version.numbers_.end(), is_number)) {
        return std::nullopt;
    }
    if (dash == std::string_view::npos) return version;
    version.pre_release_ = split(text.substr(dash + 1));
    const auto& identifiers = version.pre_release_;
    if (!std::all_of(identifiers.begin(), identifiers.end(), is_identifier)) return std::nullopt;
    return version;
}

std::strong_ordering operator<=>(const ReleaseVersion& a, const ReleaseVersion& b) {
    for (std::size_t i = 0; i < a.numbers_.size(); ++i) {
        if (const auto order = compare_numbers(a.numbers_[i], b.numbers_.at(i)); std::is_neq(order)) return order;
    }
    if (a.pre_release_.empty() || b.pre_release_.empty()) return b.pre_release_.size() <=> a.pre_release_.size();
    const std::size_t both = std::min(a.pre_release_.size(), b.pre_release_.size());
    for (std::size_t i = 0; i < both; ++i) {
        if (const auto order = compare_identifiers(a.pre_release_[i], b.pre_release_[i]); std::is_neq(order))
            return order;
    }
    return a.pre_release_.size() <=> b.pre_release_.size();
}

std::string release_of_debian_version(std::string_view version) {
    std::string upstream(version.substr(0, version.rfind('-')));
    std::replace(upstream.begin(), upstream.end(), '~', '-');
    return upstream;
}

}  // namespace gup
