// Lock files and partial packs that a crash of the agent leaves in a repository.
#pragma once

#include "source/libgit2/opened.hpp"

namespace gup::git {

// See GitRepository::remove_leftovers.
void remove_stale_locks(const Opened& opened);

}  // namespace gup::git
