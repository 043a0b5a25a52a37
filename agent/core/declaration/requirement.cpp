#include "core/declaration/requirement.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <tuple>

#include "util/text.hpp"
#include "util/url.hpp"

namespace gup {
namespace {

// The next character of a name's normalized form; moves past the characters that it replaces.
char next_normalized(std::string_view name, std::size_t& position) {
    const char c = name[position++];
    if (!is_separator(c)) return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    while (position < name.size() && is_separator(name[position])) ++position;
    return '-';
}

}  // namespace

std::string normalized_name(std::string_view name) {
    std::string out;
    out.reserve(name.size());
    for (std::size_t position = 0; position < name.size();) out += next_normalized(name, position);
    return out;
}

bool is_same_name(std::string_view one, std::string_view other) {
    std::size_t in_one = 0, in_other = 0;
    while (in_one < one.size() && in_other < other.size()) {
        if (next_normalized(one, in_one) != next_normalized(other, in_other)) return false;
    }
    return in_one == one.size() && in_other == other.size();
}

bool is_distribution_name(std::string_view name) {
    return !name.empty() && is_letter_or_digit(name.front()) && is_letter_or_digit(name.back()) &&
           std::all_of(name.begin(), name.end(), [](char c) { return is_letter_or_digit(c) || is_separator(c); });
}

bool is_commit_id(std::string_view text) {
    return text.size() == 40 && std::all_of(text.begin(), text.end(), [](char c) { return hex_value(c) >= 0; });
}

bool is_same_requirement(const Requirement& one, const Requirement& other) {
    const auto facts = [](const Requirement& it) {
        return std::tie(it.version, it.range, it.extras, it.marker, it.revision, it.is_editable);
    };
    return is_same_name(one.name, other.name) && facts(one) == facts(other) &&
           mask_secrets(one.source) == mask_secrets(other.source);
}

std::string wanted_version(const Requirement& requirement) {
    if (!requirement.version.empty()) return requirement.version;
    if (!requirement.revision.empty()) return requirement.revision;
    return requirement.range.empty() ? "any version" : requirement.range;
}

std::string display(const Requirement& requirement) {
    std::string out = requirement.name;
    if (!requirement.extras.empty()) out += fmt::format("[{}]", fmt::join(requirement.extras, ","));
    out += requirement.version.empty() ? requirement.range : "==" + requirement.version;
    if (requirement.source.empty()) return out;
    const std::string revision = requirement.revision.empty() ? "" : "@" + requirement.revision;
    return fmt::format("{} ({}{})", out, mask_secrets(requirement.source), revision);
}

std::string git_url_of(std::string_view source) {
    constexpr std::string_view prefix = "git+";
    if (!source.starts_with(prefix)) return {};
    source.remove_prefix(prefix.size());
    return std::string(source.substr(0, source.find('#')));
}

}  // namespace gup
