// SPDX-License-Identifier: Apache-2.0
// A repository that is only a source: releases are made of its commits, and nobody works in it. Nothing is merged or
// fast-forwarded; the remote is always right.
#pragma once

#include <string>

#include "core/declaration/source_address.hpp"
#include "core/revision.hpp"
#include "source/git/repository.hpp"
#include "util/result.hpp"
#include "util/sys/file.hpp"

namespace gup {

// Resolves `source.ref`: a branch, else a tag, else HEAD; a commit id needs no request. One request, with retries.
// Fails with not_found if the remote has none of them, else as the transports do.
[[nodiscard]] Result<Revision> find_source_commit(const SourceAddress& source, const GitUser& user);

// Fetches that commit into the git folder `folder`. Creates the folder, and replaces it if it is damaged or belongs to
// another remote. Does not request existing objects. Removes leftovers of a crash, so no other process may use it. A
// new folder has no history, except from remotes on this machine.
[[nodiscard]] Status bring_source_commit(const fs::path& folder, const SourceAddress& source, const Revision& commit,
                                         const GitUser& user, const ProgressCallback& progress);

}  // namespace gup
