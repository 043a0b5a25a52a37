// SPDX-License-Identifier: Apache-2.0
// <state>/self-update.json: the state of manifests, of a new agent on trial, and of refused versions.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "selfupdate/manifest.hpp"
#include "util/result.hpp"
#include "util/sys/file.hpp"

namespace gup {

// A judged manifest. It needs no second check as long as the server, the keys and this agent are the same.
struct CachedManifest {
    std::string reader;  // the judge: version, keys and URL in one hash
    std::string etag;
    std::string modified;  // Last-Modified
    std::string sha256;    // of the manifest
    std::int64_t expires = 0;
    std::string message;  // of its refusal; empty: nothing to do
    std::string hint;
};

// A new agent that was staged and has passed its self-test. It is installed once it has finished a run.
struct AgentTrial {
    std::string version;
    std::int64_t expires = 0;  // of the manifest that offered it last, seconds since the epoch
    ReleaseFile file;
    int starts = 0;       // runs that it has started so far
    bool proven = false;  // it has finished one and must be installed
    int installs = 0;     // attempts to install it
};

struct SelfUpdateState {
    std::uint64_t highest_serial = 0;
    std::int64_t newest_created = 0;  // of the manifest with that serial
    std::optional<CachedManifest> settled;
    std::optional<AgentTrial> trial;
    std::vector<RefusedVersion> refused;
};

[[nodiscard]] fs::path self_update_file(const fs::path& state);

// An empty state if there is no such file. Fails with corrupt for a malformed one.
[[nodiscard]] Result<SelfUpdateState> read_self_update_state(const fs::path& state);

// Atomic and flushed. Writes nothing if the content is the same.
[[nodiscard]] Status write_self_update_state(const fs::path& state, const SelfUpdateState& content);

}  // namespace gup
