// Adding a connector: clone, virtualenv, pins; wholly, or not at all.
#pragma once

#include <string>

#include "connector/settings.hpp"
#include "core/report.hpp"

namespace gup {

struct AddRequest {
    std::string url;       // of the repository: http, https, ssh (also user@host:path), git, file, or an absolute path
    std::string name;      // empty: the last part of the URL without ".git"
    std::string branch;    // empty: the one that the remote's HEAD names
    std::string host_key;  // "SHA256:…": the only key that an SSH host may show; empty: whichever it shows first
    std::string owner;     // whose it is to be, a name or a number; empty: whose root is
};

// Where the agent keeps host keys and deploy keys.
[[nodiscard]] fs::path known_hosts_file(const fs::path& state);
[[nodiscard]] fs::path keys_folder(const fs::path& state);

// Only under the lock. Fails, with nothing touched, when the request makes no sense here: invalid_input, conflict when
// a connector or a virtualenv of that name is there, not_found for the owner. What goes wrong later is in the report,
// and everything that was made is gone again.
[[nodiscard]] Result<RunReport> run_add(const UpdateSettings& settings, const AddRequest& request,
                                        const RunEvents& events);

}  // namespace gup
