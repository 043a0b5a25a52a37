// SPDX-License-Identifier: Apache-2.0
// One requirement as pip and uv read it in a requirements file.
#pragma once

#include <string>
#include <vector>

#include "python/installer/git_askpass.hpp"
#include "python/installer/installer.hpp"
#include "python/installer/installer_command.hpp"

namespace gup {

// How a call treats installed distributions.
enum class InstallMode : std::uint8_t {
    ordinary,   // keeps a distribution that satisfies its requirement
    forced,     // pip only: installs again, without dependencies
    satisfied,  // one that a forced call has installed: installs only its dependencies
};

struct RequirementLine {
    std::string text;  // without a newline
    std::vector<GitCredential> credentials;
};
// With extras, marker and hashes.
[[nodiscard]] RequirementLine requirement_line(const InstallRequest& request, const InstallerTool& tool,
                                               InstallMode mode);

// One line of a constraints file. pip refuses extras there.
[[nodiscard]] RequirementLine constraint_line(const Requirement& constraint, const InstallerTool& tool);

// "--index-url", "https://…", "--pre" → one line for each option.
[[nodiscard]] std::string option_lines(const std::vector<std::string>& options);

}  // namespace gup
