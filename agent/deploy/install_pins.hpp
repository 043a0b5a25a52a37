// SPDX-License-Identifier: Apache-2.0
// The InstallPins step: looks up tags, calls the installer once, and reads the virtualenv again.
#pragma once

#include <string>
#include <vector>

#include "connector/observe.hpp"
#include "connector/settings.hpp"
#include "core/plan.hpp"
#include "python/installer/installer.hpp"

namespace gup {

// True for an error of this machine (a full or broken disk, no descriptors left). Then nothing else should be tried.
[[nodiscard]] bool is_machine_failure(const Error& error) noexcept;
// Fails with the first failure of the machine.
[[nodiscard]] Status check_machine(const std::vector<PinFailure>& failures);

// Fails when there are failures: with the reasons of all pins, and `hint`.
[[nodiscard]] Status require_all_pins(const std::vector<PinFailure>& failures, const std::string& hint);

struct Installed {
    ObservedVirtualenv virtualenv;     // as it is afterwards
    std::vector<std::string> actions;  // newly satisfied pins, one line each
    std::vector<PinFailure> failures;  // pins that are not satisfied
};

// The owner and the connector of a virtualenv.
struct VirtualenvOwner {
    std::string connector;  // its name
    fs::path home;          // of the connector's owner
    fs::path place{};       // where people know the virtualenv: messages name it
    fs::path code{};        // the connector's folder, as it will be with this virtualenv; a pin may install it
};
[[nodiscard]] VirtualenvOwner virtualenv_owner(const Observation& observation);

// The target of an installation, and its gupfile.
struct InstallTarget {
    const Gupfile& gupfile;
    const VirtualenvOwner& owner;
    const ObservedVirtualenv& virtualenv;
};

// The requests for an installer, and the pins that fail before it, because their tag does not exist. Only while acting
// as the connector's owner. Looks up tags on the remotes.
struct PreparedInstall {
    std::vector<InstallRequest> requests;
    std::vector<PinFailure> failures;
};
[[nodiscard]] PreparedInstall prepare_install(const InstallPins& step, const VirtualenvOwner& owner,
                                              const RunEvents& events);

// The call for `requests` in `virtualenv`, with what the gupfile says about all of its requirements.
[[nodiscard]] InstallJob install_job(std::vector<InstallRequest> requests, const Gupfile& gupfile,
                                     const ObservedVirtualenv& virtualenv);

// As the connector's owner. Never fails as a whole. Without requests it changes nothing.
[[nodiscard]] Installed install(const InstallPins& step, PreparedInstall prepared, const InstallTarget& place,
                                const InstallerSettings& settings, const RunEvents& events);
[[nodiscard]] Installed install(const InstallPins& step, const InstallTarget& place, const InstallerSettings& settings,
                                const RunEvents& events);

}  // namespace gup
