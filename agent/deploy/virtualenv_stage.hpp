// The virtualenv of a new generation, made next to the live one: copied or created, filled, verified.
#pragma once

#include <string>
#include <vector>

#include "connector/observe.hpp"
#include "connector/settings.hpp"
#include "core/plan.hpp"
#include "deploy/install_pins.hpp"
#include "python/virtualenv_copy.hpp"

namespace gup {

// What a virtualenv needs at its peak where `folder` is to be: the copy of `live`, or a new one when that is empty; the
// pins.
[[nodiscard]] Result<DiskNeed> virtualenv_need(const fs::path& folder, const fs::path& live,
                                               const PreparedInstall& pins, const ObservedVirtualenv& virtualenv);

// Fails with no_space, both numbers in the message, when there is not enough room where `folder` is to be for `need`
// and the reserve.
[[nodiscard]] Status require_room(const fs::path& folder, const DiskNeed& need, const UpdateSettings& settings);

// What is needed where.
struct SpaceRequest {
    fs::path folder;
    DiskNeed need;
};
// Of two, together where they share a disk.
[[nodiscard]] Status require_room(const SpaceRequest& one, const SpaceRequest& other, const UpdateSettings& settings);

// Of a virtualenv alone.
[[nodiscard]] Status require_room(const fs::path& folder, const fs::path& live, const PreparedInstall& pins,
                                  const ObservedVirtualenv& virtualenv, const UpdateSettings& settings);

// Where a virtualenv is staged.
struct StageRequest {
    fs::path live;  // the real folder of what is copied; empty: a new one is made
    fs::path to;    // <generation>/.venv
};

// Makes it. Only while acting as the connector's owner. On failure the caller removes it.
[[nodiscard]] Result<ObservedVirtualenv> stage_virtualenv(const StageRequest& place, const VirtualenvOwner& owner,
                                                          const StageSettings& settings, const RunEvents& events);

// Installs into what was staged, and verifies that what is new there is whole: if it is not, no pin is reported as
// installed. Messages name the place that people know. Never fails as a whole.
[[nodiscard]] Installed install_staged(const InstallPins& step, PreparedInstall prepared, const InstallTarget& place,
                                       const InstallerSettings& settings, const RunEvents& events);

// Makes git take no notice of a link in the work tree: it is no folder to git, so "/.venv/" in .gitignore does not
// speak of it. `line` is one of .git/info/exclude.
[[nodiscard]] Status exclude_from_git(const fs::path& work_tree, const std::string& line);

}  // namespace gup
