// SPDX-License-Identifier: Apache-2.0
// Bringing submodules to the commits that HEAD records.
#pragma once

#include "source/libgit2/opened.hpp"

namespace gup::git {

// See GitRepository::update_submodules.
[[nodiscard]] Status update_submodules(const Opened& opened, const BeforeMove& before,
                                       const ProgressCallback& progress);

}  // namespace gup::git
