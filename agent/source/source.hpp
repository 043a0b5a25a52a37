// The source of a declared connector (core/declared_connector), of whatever kind: where it stands, and its content
// beside the releases that are made of it: <root>/.gup/<name>/repository, or archive.part. As the connector's owner.
#pragma once

#include <optional>
#include <string>

#include "core/declaration/declared_connector.hpp"
#include "core/generation.hpp"
#include "source/archive/archive_source.hpp"
#include "source/git/repository.hpp"
#include "util/result.hpp"
#include "util/sys/file.hpp"

namespace gup {

// One state of a source.
struct SourceVersion {
    std::string id;    // of git the commit, 40 hex digits; of an archive see source/archive_remote; empty: the server
                       // says nothing that would tell versions apart, only what it gives does
    std::string name;  // for people: the branch or the tag; "zip"
    std::string ref;   // of git, on the remote
    ArchiveVersion archive;
};

// What the source has now; `made` is the release that runs, an empty one if there is none. One small request, with
// retries; writes nothing. Fails as the transports do.
[[nodiscard]] Result<SourceVersion> ask_source(const DeclaredConnector& declared, const Generation& made,
                                               const GitUser& user);

// Whether a release is of that source, and of that version of it.
[[nodiscard]] bool is_of_version(const Generation& made, const DeclaredConnector& declared, const std::string& id);

// Brings the version into `folder`, which is there, and returns what has come: of an archive maybe a newer one. Costs
// nothing when it has come already.
[[nodiscard]] Result<SourceVersion> bring_source(const fs::path& folder, const DeclaredConnector& declared,
                                                 const SourceVersion& version, const GitUser& user,
                                                 const ProgressCallback& progress);

// What was brought is a release now: an archive is not needed any more.
void forget_source(const fs::path& folder, const DeclaredConnector& declared);

// Where the archive is that was brought into `folder`.
[[nodiscard]] fs::path source_archive(const fs::path& folder);

// The gupfile of what was brought into `folder`; nullopt when it has none.
[[nodiscard]] Result<std::optional<std::string>> read_source_gupfile(const fs::path& folder,
                                                                     const DeclaredConnector& declared,
                                                                     const SourceVersion& version, const GitUser& user);

}  // namespace gup
