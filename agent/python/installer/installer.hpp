// SPDX-License-Identifier: Apache-2.0
// Bringing pins into a virtualenv: one call of uv or pip for all that drifted, and one for each when that fails.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/declaration/requirement.hpp"
#include "core/observed.hpp"
#include "util/clock.hpp"
#include "util/result.hpp"
#include "util/sys/file.hpp"

namespace gup {

enum class InstallerChoice : std::uint8_t { automatic, pip, uv };

struct InstallerSettings {
    InstallerChoice choice = InstallerChoice::automatic;  // automatic: uv when uv_path is an executable, else pip
    fs::path uv_path;                                     // empty: none
    Milliseconds timeout{1'800'000};                      // of one call
    fs::path temporary_folder;                            // on a real disk; empty: $TMPDIR, /var/tmp
    bool prune = false;                                   // what a lock file does not name is taken out
    fs::path home;                                        // the owner's: pip.conf, caches, git credentials
};

// A pin for the installer.
struct InstallRequest {
    Requirement requirement;
    std::string revision;    // for git sources: the text after '@' (an existing tag, or a commit id)
    bool reinstall = false;  // the installed one has this version but is broken or from another source
    std::string folder{};    // the connector's own folder, which is installed; empty: another source
};

// What a virtualenv has to be brought to.
struct InstallJob {
    std::vector<InstallRequest> requests;
    // The other requirements of the declaration. If it has hashes, the installer has to see all.
    std::vector<InstallRequest> satisfied{};
    std::vector<Requirement> constraints{};
    std::vector<std::string> index_options{};  // for the requirements file
    bool is_lock = false;                      // every package is named: none is installed because of another
};

// Why a pin was not installed. machine: a full or broken disk, or no descriptors left; not the pin's fault.
enum class PinFailureKind : std::uint8_t { not_available, network, build, conflict, unknown, machine };
struct PinFailure {
    Requirement requirement;
    PinFailureKind kind = PinFailureKind::unknown;
    std::string reason;  // one sentence
    std::string hint{};
};

struct InstallReport {
    std::vector<PinFailure>
        failures;  // from the installer's output; the result is what inspect_virtualenv sees afterwards
    int calls = 0;
    std::vector<std::string> warnings;  // the installer's own, about what it installed: a yanked release, a conflict
    std::string last_output;            // the last lines of a call that failed, secrets masked
};

// Installs `job.requests` into the virtualenv. All in one call. When it fails, pins that exclude each other are left out of
// a second call; else each pin is tried alone, so that its failure is its own. Removes `~` leftovers first. A network
// failure is not tried again. Fails when no installer could be started (no pip, interpreter gone, timeout).
// When any requirement has hashes, the installer checks all archives against hashes.
[[nodiscard]] Result<InstallReport> install_pins(const ObservedVirtualenv& virtualenv, const InstallJob& job,
                                                 const InstallerSettings& settings,
                                                 const std::function<void(std::string_view line)>& on_line);

}  // namespace gup
