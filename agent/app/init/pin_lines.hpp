// SPDX-License-Identifier: Apache-2.0
// Lines of a gupfile's [dependencies], from where a connector's packages are known.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/declaration/requirement.hpp"
#include "util/result.hpp"
#include "util/sys/file.hpp"

namespace gup {

struct PinLines {
    std::vector<std::string> lines;  // pins and comments
    std::size_t pins = 0;
    std::size_t comments = 0;  // packages that a person has to pin
};

// `requests = "2.31.0"`; a comment for what is no exact pin of a gupfile.
void add_requirement(PinLines& lines, const Requirement& requirement);

// [project] dependencies of a pyproject.toml.
[[nodiscard]] Result<PinLines> pins_of_pyproject(std::string_view text);

// What a virtualenv has: pins for the distributions that a person asked for, comments for those that they brought.
[[nodiscard]] Result<PinLines> pins_of_virtualenv(const fs::path& virtualenv);

}  // namespace gup
