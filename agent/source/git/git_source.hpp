// A repository that is only a source: releases are made of its commits, and nobody works in it. Nothing here is merged
// or fast-forwarded; what its remote says is what counts.
#pragma once

#include <string>

#include "core/declaration/source_address.hpp"
#include "core/revision.hpp"
#include "source/git/repository.hpp"
#include "util/result.hpp"
#include "util/sys/file.hpp"

namespace gup {

// What `source.ref` names: a branch, else a tag, else what HEAD names; a commit id is not asked for. One request, with
// retries. Fails with not_found when the remote has none of it, else as the transports do.
[[nodiscard]] Result<Revision> find_source_commit(const SourceAddress& source, const GitUser& user);

// Brings that commit into the git folder `folder`, which is made, and made anew when it is damaged or of another
// remote: then nothing of the old one is kept. What is here already is not asked for. Leftovers of a crash are removed:
// nobody else may be at work in it. A new one has no history but of remotes on this machine.
[[nodiscard]] Status bring_source_commit(const fs::path& folder, const SourceAddress& source, const Revision& commit,
                                         const GitUser& user, const ProgressCallback& progress);

}  // namespace gup
