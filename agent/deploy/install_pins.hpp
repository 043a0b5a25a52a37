// The InstallPins step: tags looked up, one installer call, and a second look at what is really there.
#pragma once

#include <string>
#include <vector>

#include "connector/observe.hpp"
#include "connector/settings.hpp"
#include "core/plan.hpp"
#include "python/installer/installer.hpp"

namespace gup {

// Whether this machine is to blame (a disk that is full or does not work, no descriptors left) and not what it was to
// do: then nothing else is to be tried on it.
[[nodiscard]] bool is_machine_failure(const Error& error) noexcept;
// Fails with the first of these that it is to blame for.
[[nodiscard]] Status check_machine(const std::vector<PinFailure>& failures);

// Fails when there are failures: with the reasons of all pins, and `hint`.
[[nodiscard]] Status require_all_pins(const std::vector<PinFailure>& failures, const std::string& hint);

struct Installed {
    ObservedVirtualenv virtualenv;     // as it is afterwards
    std::vector<std::string> actions;  // pins that are satisfied now and were not before, one line each
    std::vector<PinFailure> failures;  // pins that are not
};

// Whose a virtualenv is.
struct VirtualenvOwner {
    std::string connector;  // its name
    fs::path home;          // of the connector's owner
    fs::path place{};       // where people know the virtualenv: messages name it
};
[[nodiscard]] VirtualenvOwner virtualenv_owner(const Observation& observation);

// Where pins are installed, and for which gupfile.
struct InstallTarget {
    const Gupfile& gupfile;
    const VirtualenvOwner& owner;
    const ObservedVirtualenv& virtualenv;
};

// What an installer is to be given, and which pins it need not be asked for: their tag is nowhere. Only while acting as
// the connector's owner. Tags are looked up on the remotes.
struct PreparedInstall {
    std::vector<InstallRequest> requests;
    std::vector<PinFailure> failures;
};
[[nodiscard]] PreparedInstall prepare_install(const InstallPins& step, const VirtualenvOwner& owner,
                                              const RunEvents& events);

// Only while acting as the connector's owner. Never fails as a whole. Without requests nothing is touched.
[[nodiscard]] Installed install(const InstallPins& step, PreparedInstall prepared, const InstallTarget& place,
                                const InstallerSettings& settings, const RunEvents& events);
[[nodiscard]] Installed install(const InstallPins& step, const InstallTarget& place, const InstallerSettings& settings,
                                const RunEvents& events);

}  // namespace gup
