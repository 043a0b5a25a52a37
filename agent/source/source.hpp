// SPDX-License-Identifier: Apache-2.0
// The origin of a declared connector's code (core/declaration/declared_connector): a git repository, a folder
// of one, a zip archive on a web server or in a bucket. One interface; source.cpp has the table of kinds.
//
// A fetch writes into the folder of the connector's releases: <root>/.gup/<name>/repository or
// archive.part. Everything as the connector's owner.
#pragma once

#include <memory>
#include <string>

#include "core/declaration/declared_connector.hpp"
#include "core/generation.hpp"
#include "core/revision.hpp"
#include "source/code_tree.hpp"
#include "source/libgit2/types.hpp"
#include "util/result.hpp"
#include "util/sys/file.hpp"

namespace gup {

class Source {
public:
    Source() = default;
    Source(const Source&) = delete;
    Source& operator=(const Source&) = delete;
    virtual ~Source() = default;

    // The current revision of the source. `running`: the revision that runs, default: none; a server may answer that it
    // is still the current one. One small request with retries, none for a pinned archive. Writes nothing. Fails as the
    // transports do.
    [[nodiscard]] virtual Result<Revision> latest(const Revision& running) = 0;

    // Fetches `revision` into the existing folder `into`, and returns the fetched one: of an archive maybe a newer one.
    // Does nothing when it is already there.
    [[nodiscard]] virtual Result<Revision> fetch(const Revision& revision, const fs::path& into,
                                                 const ProgressCallback& progress) = 0;

    // The files of a revision that fetch() brought into `in`. An archive is opened and checked here, once, and stays
    // open as long as the tree.
    [[nodiscard]] virtual Result<std::shared_ptr<const CodeTree>> open(const Revision& revision,
                                                                       const fs::path& in) = 0;

    // The fetched revision in `in` is a release now: removes all that the next fetch does not use.
    virtual void forget(const fs::path& in) = 0;

    // Whether a revision that is not here any more costs a whole download: then a release of it that is still
    // installed is used instead.
    [[nodiscard]] virtual bool is_downloaded_whole() const = 0;

    // Whether the server can be reached, also where latest() does not ask it. For doctor.
    [[nodiscard]] virtual Status reach() = 0;
};

struct SourceRequest {
    DeclaredConnector connector;
    GitUser user;  // whose git configuration, keys and credentials are used
    NetworkAccess network;
};

[[nodiscard]] std::unique_ptr<Source> make_source(SourceRequest request);

// The revision that a release was made of, if it was made of that source; else an empty one.
[[nodiscard]] Revision running_revision(const Generation& running, const DeclaredConnector& declared);

// Whether a release is of that source, and of its revision `id`.
[[nodiscard]] bool is_of_revision(const Generation& made, const DeclaredConnector& declared, const std::string& id);

// Removes what is left of a download into `folder`.
void sweep_download(const fs::path& folder);
// Whether there is such a leftover.
[[nodiscard]] bool has_download(const fs::path& folder);

}  // namespace gup
