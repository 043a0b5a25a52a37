// SPDX-License-Identifier: Apache-2.0
// How the commit of a remote relates to the one that is checked out.
#pragma once

#include <string>

#include "core/observed.hpp"
#include "core/plan.hpp"
#include "source/libgit2/opened.hpp"

namespace gup::git {

// See GitRepository::classify.
[[nodiscard]] Result<CodeTarget> classify(const Opened& opened, const ObservedCode& code, const std::string& commit);

}  // namespace gup::git
