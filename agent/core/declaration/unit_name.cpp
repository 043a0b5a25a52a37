// SPDX-License-Identifier: Apache-2.0
#include "core/declaration/unit_name.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace gup {

std::optional<std::string> unit_name(std::string_view text) {
    constexpr std::array<std::string_view, 5> suffixes{".service", ".socket", ".timer", ".path", ".target"};
    constexpr std::string_view allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789:-_.\\@";
    constexpr std::size_t longest = 255;
    std::string name(text);
    std::string_view stem = text;
    const auto suffix = std::find_if(suffixes.begin(), suffixes.end(), [&](auto end) { return text.ends_with(end); });
    if (suffix == suffixes.end()) {
        name += suffixes.front();
    } else {
        stem.remove_suffix(suffix->size());
    }
    const bool sound = !stem.empty() && name.size() <= longest && !stem.starts_with('-') && !stem.starts_with('@') &&
                       !stem.ends_with('@') && stem.find_first_not_of(allowed) == std::string_view::npos;
    return sound ? std::optional(name) : std::nullopt;
}

std::string unit_name_hint(std::string_view text) {
    const std::string_view stem = text.substr(0, text.rfind('@'));
    const bool is_template = text.ends_with('@') || text.ends_with("@.service");
    std::string example = "write service = \"smart-meter.service\"";
    if (!is_template || !unit_name(stem)) return example;
    return fmt::format("{}; a template needs an instance: {}@INSTANCE.service", example, stem);
}

}  // namespace gup
