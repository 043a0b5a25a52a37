// SPDX-License-Identifier: Apache-2.0
// A second repository over the same objects, into which a check fetches.
#pragma once

#include "source/libgit2/opened.hpp"

namespace gup::git {

// See GitRepository::quarantine.
[[nodiscard]] Result<Opened> make_quarantine(const Opened& opened, const fs::path& temporary_folder);

}  // namespace gup::git
