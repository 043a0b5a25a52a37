// SPDX-License-Identifier: Apache-2.0
// The name of the distribution that a repository itself is.
#pragma once

#include <string>

#include "core/requirements/declaration_files.hpp"

namespace gup::detail {

// Of pyproject.toml ([project], [tool.poetry]), setup.cfg ([metadata]), or the only literal `name=` of setup.py; empty: none
// of them says it. What was read goes to `texts`.
[[nodiscard]] std::string own_project_name(const DeclarationFiles& files, DeclarationTexts& texts);

}  // namespace gup::detail
