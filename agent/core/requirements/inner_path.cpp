// SPDX-License-Identifier: Apache-2.0
#include "core/requirements/inner_path.hpp"

#include <vector>

#include "util/text.hpp"

namespace gup::detail {

std::optional<std::string> inner_path(std::string_view from, std::string_view path) {
    if (path.empty() || path.starts_with('/') || path.starts_with('~')) return std::nullopt;
    const auto slash = from.rfind('/');
    std::string joined(slash == std::string_view::npos ? "" : from.substr(0, slash + 1));
    joined += path;
    std::vector<std::string_view> names;
    for (std::string_view rest = joined; !rest.empty();) {
        const std::string_view name = take_until(rest, '/');
        if (name.empty() || name == ".") continue;
        if (name != "..") {
            names.push_back(name);
        } else if (names.empty()) {
            return std::nullopt;
        } else {
            names.pop_back();
        }
    }
    std::string out;
    for (const std::string_view name : names) out += (out.empty() ? "" : "/") + std::string(name);
    return out.empty() ? std::optional<std::string>(".") : out;
}

}  // namespace gup::detail
