// The source of a declared connector (core/declared_connector), of whatever kind: where it stands, and its content
// beside the releases that are made of it, in <root>/.gup/<name>/repository. As the connector's owner.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "core/declared_connector.hpp"
#include "core/generation.hpp"
#include "source/git.hpp"
#include "util/file.hpp"
#include "util/result.hpp"

namespace gup {

// One state of a source.
struct SourceVersion {
    std::string id;    // of git the commit, 40 hex digits
    std::string name;  // for people: the branch or the tag
    std::string ref;   // of git, on the remote
};

// What the source has now; `made` is the release that runs, an empty one if there is none. One small request, with
// retries; writes nothing. Fails as the transports do.
[[nodiscard]] Result<SourceVersion> ask_source(const DeclaredConnector& declared, const Generation& made,
                                               const GitUser& user);

// Whether a release is of that source, and of that version of it.
[[nodiscard]] bool is_of_version(const Generation& made, const DeclaredConnector& declared, const std::string& id);

// Brings the version into `folder`, which is there. Costs nothing when it has come already.
[[nodiscard]] Status bring_source(const fs::path& folder, const DeclaredConnector& declared,
                                  const SourceVersion& version, const GitUser& user,
                                  const std::function<void(std::uint64_t bytes)>& progress);

// The gupfile of what was brought into `folder`; nullopt when it has none.
[[nodiscard]] Result<std::optional<std::string>> read_source_gupfile(const fs::path& folder,
                                                                     const DeclaredConnector& declared,
                                                                     const SourceVersion& version, const GitUser& user);

}  // namespace gup
