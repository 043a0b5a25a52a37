// SPDX-License-Identifier: Apache-2.0
// From observations of the connectors to findings.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/declaration/gupfile.hpp"
#include "core/observed.hpp"
#include "core/report.hpp"
#include "doctor/findings.hpp"
#include "python/shared_files.hpp"
#include "source/garbage.hpp"
#include "util/result.hpp"

namespace gup {

// The kinds of trouble with a remote. Each is a separate check in a finding.
enum class RemoteTrouble : std::uint8_t { dns, unreachable, tls, credentials, host_key, branch, repository, other };
[[nodiscard]] RemoteTrouble classify_remote_error(const Error& error);

struct RemoteAnswer {
    std::string connector;
    std::string host;            // empty: a folder of this gateway
    std::optional<Error> error;  // why it did not name the branch's commit
};
// One finding for all connectors whose host has the same trouble. `name_servers`: how many /etc/resolv.conf names.
void diagnose_remotes(const std::vector<RemoteAnswer>& answers, std::size_t name_servers, Diagnosis& diagnosis);

// A finding if the code cannot be followed.
void diagnose_code(const std::string& connector, const Gupfile& gupfile, const ObservedCode& code,
                   Diagnosis& diagnosis);

// Findings if packs pile up that nobody joins.
void diagnose_packs(const std::string& connector, const std::vector<PackPile>& piles, Diagnosis& diagnosis);

// Errors in it are findings, warnings notes.
void diagnose_gupfile(const std::string& connector, const Gupfile& gupfile, Diagnosis& diagnosis);

// The installer of the pins.
struct InstallerFacts {
    std::optional<Error> error;       // none is available
    std::string pip;                  // the version of the virtualenv's pip; empty: uv installs
    bool is_old = false;              // older than oldest_good_pip
    bool creates_virtualenv = false;  // a missing virtualenv is created
    std::string interpreter;          // with this
    bool has_interpreter = true;
    std::vector<HurtFile> gone;  // files of the observed distributions
};
inline constexpr const char* oldest_good_pip = "20.3";
void diagnose_virtualenv(const std::string& connector, const Gupfile& gupfile, const ObservedVirtualenv& virtualenv,
                         const InstallerFacts& installer, Diagnosis& diagnosis);

// `held`: the pins that are in force at `now`.
void diagnose_held_pins(const std::string& connector, const std::vector<HeldPin>& held, std::int64_t now,
                        Diagnosis& diagnosis);

// The outcome of its last run, if it was no success. `seen`: when.
void diagnose_last_outcome(const ConnectorReport& report, std::int64_t seen, Diagnosis& diagnosis);

// Everything in the archive of a release is in this folder; empty: it is not.
void diagnose_folder_around(const std::string& connector, const std::string& folder, const std::string& source,
                            Diagnosis& diagnosis);

// Folders that the connector's owner cannot write to, and whether the agent can become that user.
struct AccessFacts {
    std::string owner;                    // a name, or a number without one
    bool acts_as_owner = true;            // false: neither root nor the owner
    std::string temporary;                // the folder for temporary files, if the owner cannot write there
    std::vector<std::string> unwritable;  // paths
    std::string unreadable;               // a folder that could not be read; empty: none
};
void diagnose_access(const std::string& connector, const AccessFacts& facts, Diagnosis& diagnosis);

}  // namespace gup
