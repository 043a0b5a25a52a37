// SPDX-License-Identifier: Apache-2.0
#include "core/declaration/gupfile_exclude.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "core/declaration/gupfile_pin.hpp"
#include "core/selection/code_selection.hpp"

namespace gup::detail {
namespace {

// Of the pattern's text in quotes; of the key if it is written in another way.
Place place_of_pattern(std::string_view text, std::string_view pattern) {
    const auto key = text.find("exclude");
    auto at = std::min(text.find(fmt::format("\"{}\"", pattern), key), text.find(fmt::format("'{}'", pattern), key));
    if (at == std::string_view::npos) at = key == std::string_view::npos ? 0 : key;
    const std::string_view before = text.substr(0, at);
    const auto line = static_cast<int>(std::count(before.begin(), before.end(), '\n')) + 1;
    return {line, static_cast<int>(at - (before.rfind('\n') + 1)) + 1};
}

}  // namespace

void check_exclude(Gupfile& gupfile, std::string_view text) {
    std::vector<NamedProgram> needed = named_programs(gupfile);
    for (const std::string& path : gupfile.persist) needed.push_back({"persist", path});
    for (const std::string& pattern : gupfile.exclude) {
        for (const NamedProgram& one : needed) {
            const std::string_view path = std::string_view(one.path).substr(0, one.path.find_last_not_of('/') + 1);
            if (pattern_that_excludes({pattern}, path).empty()) continue;
            add_error(gupfile, place_of_pattern(text, pattern),
                      fmt::format("{} of 'exclude' leaves out {}, which '{}' names", quoted(pattern), shown(one.path),
                                  one.key),
                      fmt::format("a release needs it: take it out of exclude, or out of {}", one.key));
        }
    }
}

}  // namespace gup::detail
