// SPDX-License-Identifier: Apache-2.0
// Adds a connector: clone, virtualenv, pins. All or nothing.
#pragma once

#include <string>

#include "connector/settings.hpp"
#include "core/report.hpp"

namespace gup {

struct AddRequest {
    std::string url;       // of the repository: http, https, ssh (also user@host:path), git, file, or an absolute path
    std::string name;      // empty: the last part of the URL without ".git"
    std::string branch;    // empty: the branch of the remote's HEAD
    std::string host_key;  // "SHA256:…": the only accepted key of an SSH host; empty: its first key
    std::string requirements;  // the file that declares its packages, where the repository has no gupfile; empty: found
    std::string owner;         // the owner, a name or a number; empty: root's owner
};

// The agent's files for host keys and deploy keys.
[[nodiscard]] fs::path known_hosts_file(const fs::path& state);
[[nodiscard]] fs::path keys_folder(const fs::path& state);

// Only under the lock. Fails before any change for a wrong request: invalid_input, conflict when a connector or a
// virtualenv of that name exists, not_found for the owner. The report has later failures; then everything that was
// created is removed again.
[[nodiscard]] Result<RunReport> run_add(const UpdateSettings& settings, const AddRequest& request,
                                        const RunEvents& events);

}  // namespace gup
