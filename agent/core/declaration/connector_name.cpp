// SPDX-License-Identifier: Apache-2.0
#include "core/declaration/connector_name.hpp"

#include <algorithm>

#include "util/text.hpp"

namespace gup {
namespace {

constexpr std::size_t longest_name = 100;

bool may_stand_in_a_name(char c) {
    return is_letter_or_digit(c) || c == '.' || c == '_' || c == '-' || c == '+';
}

}  // namespace

Status check_new_name(std::string_view name) {
    const auto refused = [&](std::string_view reason) {
        return Error{
            ErrorCode::invalid_input,
            "'" + mask_secrets(name.substr(0, longest_name)) + "' cannot be a connector's name: " + std::string(reason),
            "letters, digits and . _ - + are allowed, the first a letter or a digit: choose one with --name"};
    };
    if (name.empty()) return refused("it is empty");
    if (name.size() > longest_name) return refused("it is too long");
    if (name.front() == '.') return refused("folders that begin with a dot are ignored");
    if (!is_letter_or_digit(name.front())) return refused("it begins with neither a letter nor a digit");
    if (!std::all_of(name.begin(), name.end(), may_stand_in_a_name))
        return refused("it has a character that is not allowed");
    return {};
}

std::string name_from_url(const Url& url) {
    std::string_view path = url.path;
    while (path.ends_with('/')) path.remove_suffix(1);
    if (path.ends_with("/.git")) path.remove_suffix(5);
    if (path.size() > 4 && path.ends_with(".git")) path.remove_suffix(4);
    const auto slash = path.rfind('/');
    return std::string(slash == std::string_view::npos ? path : path.substr(slash + 1));
}

}  // namespace gup
