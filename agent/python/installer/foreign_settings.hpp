// SPDX-License-Identifier: Apache-2.0
// Settings of pip and uv that are not meant for virtualenvs: the owner's configuration files have them for other uses.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "python/installer/pip_config.hpp"
#include "util/result.hpp"

namespace gup {

enum class InstallerKind : bool { pip, uv };

// Fails with unsupported if a setting would lead the packages out of the virtualenv, add other packages, or refuse all
// pins, which these do only when they do not all have hashes. The message names the setting's file or variable.
[[nodiscard]] Status check_installer_settings(InstallerKind kind, const PipConfigPlaces& places,
                                              bool has_hashes = false);

// PIP_* variables that switch the other ones off: without a variable the file's value is used. `folder` is private to
// the call.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> neutral_pip_variables(const PipSettings& settings,
                                                                                     const std::string& python,
                                                                                     const fs::path& folder);

}  // namespace gup
