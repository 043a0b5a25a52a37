// SPDX-License-Identifier: Apache-2.0
// The options of a line in a requirements.txt: `--hash=sha256:…`, `-r other.txt`, `--index-url https://…`.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/requirements/logical_lines.hpp"

namespace gup::detail {

// What the agent does with an option.
enum class OptionUse : std::uint8_t {
    requirements,    // -r: the file is read
    constraints,     // -c: the file is read
    editable,        // -e: its value is a requirement
    hash,            // of the line's requirement
    index,           // passed to the installer where the operator allows it
    choice,          // passed to the installer
    require_hashes,  // every requirement needs a hash
    always,          // the agent does it in any case
    ignored,         // chooses a part of pip; with a warning
    refused,         // changes how a package is built
};

struct OptionKind {
    std::string_view name;        // "--index-url"
    std::string_view short_name;  // "-i"; empty: none
    bool has_value = false;
    OptionUse use = OptionUse::refused;
};

struct RequirementOption {
    const OptionKind* kind = nullptr;
    std::string value;
    std::size_t offset = 0;  // of the option
    std::size_t value_offset = 0;
};

struct SplitLine {
    std::string_view requirement;  // the text before the first option; it begins at offset 0
    std::vector<RequirementOption> options;
    std::optional<LineFlaw> flaw;  // the first mistake in the options
};

// As pip splits it: options begin at the first word with a '-' before it; words as in a shell.
[[nodiscard]] SplitLine split_requirement_line(std::string_view line);

}  // namespace gup::detail
