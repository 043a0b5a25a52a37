// SPDX-License-Identifier: Apache-2.0
// The state of a repository and its work tree.
#pragma once

#include <string>

#include "core/observed.hpp"
#include "source/libgit2/opened.hpp"

namespace gup::git {

// See GitRepository::observe.
[[nodiscard]] Result<ObservedCode> observe(const Opened& opened, const std::string& branch);

}  // namespace gup::git
