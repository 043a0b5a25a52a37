// <state>/self-update.json: what the agent remembers of manifests, of a new agent on trial, and of those that did not
// work.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "selfupdate/manifest.hpp"
#include "util/result.hpp"
#include "util/sys/file.hpp"

namespace gup {

// A manifest that needs no second look as long as the server, the keys and this agent are the same.
struct CachedManifest {
    std::string reader;  // who judged it: version, keys and URL in one hash
    std::string etag;
    std::string modified;  // Last-Modified
    std::string sha256;    // of the manifest
    std::int64_t expires = 0;
    std::string message;  // of its refusal; empty: there is nothing to do
    std::string hint;
};

// A new agent that was staged and passed its self-test. It takes the name once it has finished a run.
struct AgentTrial {
    std::string version;
    std::int64_t expires = 0;  // of the manifest that offered it last, seconds since the epoch
    ReleaseFile file;
    int starts = 0;       // runs that it was given so far
    bool proven = false;  // it has finished one: what is left is to install it
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

// An empty state when there is no such file. Fails with corrupt for one that makes no sense.
[[nodiscard]] Result<SelfUpdateState> read_self_update_state(const fs::path& state);

// Atomic and flushed; nothing is written when the file says the same already.
[[nodiscard]] Status write_self_update_state(const fs::path& state, const SelfUpdateState& content);

}  // namespace gup
