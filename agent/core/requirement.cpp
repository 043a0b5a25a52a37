#include "core/requirement.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "util/url.hpp"

namespace gup {
namespace {

bool is_letter_or_digit(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool is_separator(char c) {
    return c == '-' || c == '_' || c == '.';
}

}  // namespace

std::string normalized_name(std::string_view name) {
    std::string out;
    out.reserve(name.size());
    bool in_run = false;
    for (const char c : name) {
        const bool separator = is_separator(c);
        if (separator && in_run) continue;
        in_run = separator;
        if (separator) {
            out += '-';
        } else {
            out += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
        }
    }
    return out;
}

bool is_distribution_name(std::string_view name) {
    return !name.empty() && is_letter_or_digit(name.front()) && is_letter_or_digit(name.back()) &&
           std::all_of(name.begin(), name.end(), [](char c) { return is_letter_or_digit(c) || is_separator(c); });
}

bool is_commit_id(std::string_view text) {
    return text.size() == 40 && std::all_of(text.begin(), text.end(), [](char c) {
               return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
           });
}

std::string display(const Requirement& requirement) {
    std::string out = fmt::format("{}=={}", requirement.name, requirement.version);
    if (!requirement.source.empty()) out += fmt::format(" ({})", mask_secrets(requirement.source));
    return out;
}

std::string git_url_of(std::string_view source) {
    constexpr std::string_view prefix = "git+";
    if (!source.starts_with(prefix)) return {};
    source.remove_prefix(prefix.size());
    return std::string(source.substr(0, source.find('#')));
}

}  // namespace gup
