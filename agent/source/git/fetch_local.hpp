// SPDX-License-Identifier: Apache-2.0
// Fetching from a repository on this machine.
#pragma once

#include "source/git/fetch.hpp"
#include "source/libgit2/opened.hpp"

namespace gup::git {

// The same from a repository on this machine; keeps a shallow repository shallow, which libgit2's own does not.
[[nodiscard]] Status fetch_local(const Opened& opened, const FetchRequest& request, const ProgressCallback& progress);

}  // namespace gup::git
