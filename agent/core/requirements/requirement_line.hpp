// SPDX-License-Identifier: Apache-2.0
// One requirement of a requirements.txt, without its options.
#pragma once

#include <optional>
#include <string_view>

#include "core/declaration/requirement.hpp"
#include "core/requirements/logical_lines.hpp"

namespace gup::detail {

// Either of both.
struct RequirementLine {
    std::optional<Requirement> requirement;  // without name, source, version: the connector's own folder
    std::optional<LineFlaw> flaw;
};

// "name[extra]==1.0 ; marker", "name @ URL", a URL, or "."; as pip reads it.
[[nodiscard]] RequirementLine read_requirement_line(std::string_view text);

// The value of -e: ".", ".[extra]" or "git+URL#egg=name". A git repository is installed like one without -e.
[[nodiscard]] RequirementLine read_editable(std::string_view text);

// Sets `version` or `range` of PEP 440 specifiers; their mistake.
[[nodiscard]] std::optional<LineFlaw> take_specifier(std::string_view text, Requirement& requirement);

}  // namespace gup::detail
