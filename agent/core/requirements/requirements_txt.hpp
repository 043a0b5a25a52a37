// SPDX-License-Identifier: Apache-2.0
// A requirements.txt as pip 23 to 25 reads it, with the files that it includes.
#pragma once

#include <string>
#include <string_view>

#include "core/declaration/gupfile.hpp"
#include "core/requirements/declaration_files.hpp"
#include "core/requirements/requirement_set.hpp"

namespace gup {

// What the files say goes to `gupfile` (pins, constraints, index_options, problems), their content to `texts`.
struct RequirementsTarget {
    Gupfile& gupfile;
    DeclarationTexts& texts;
};

// Reads the file `path`, whose content is `text`. docs/requirements.md says what is read and what is refused. The caller
// checks the hashes, by the returned rule, when the declaration is complete.
[[nodiscard]] HashRule read_requirements_txt(std::string_view text, const std::string& path,
                                             const DeclarationFiles& files, const RequirementRules& rules,
                                             const RequirementsTarget& target);

// The same for what a program made of the lock file `path`: its lines are no places that a person knows.
[[nodiscard]] HashRule read_exported_lock(std::string_view text, const std::string& path, const DeclarationFiles& files,
                                          const RequirementRules& rules, const RequirementsTarget& target);

}  // namespace gup
