// SPDX-License-Identifier: Apache-2.0
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

// The greatest need of a virtualenv on the disk of `folder`: the copy of `live`, or a new one if that is empty, and the
// pins.
[[nodiscard]] Result<DiskNeed> virtualenv_need(const fs::path& folder, const fs::path& live,
                                               const PreparedInstall& pins, const ObservedVirtualenv& virtualenv);

// Fails with no_space, both numbers in the message, if the disk of `folder` has not enough space for `need` and the
// reserve.
[[nodiscard]] Status require_room(const fs::path& folder, const DiskNeed& need, const UpdateSettings& settings);

// A need and its folder.
struct SpaceRequest {
    fs::path folder;
    DiskNeed need;
};
// For two needs, added together if they share a disk.
[[nodiscard]] Status require_room(const SpaceRequest& one, const SpaceRequest& other, const UpdateSettings& settings);

// For a virtualenv alone.
[[nodiscard]] Status require_room(const fs::path& folder, const fs::path& live, const PreparedInstall& pins,
                                  const ObservedVirtualenv& virtualenv, const UpdateSettings& settings);

// The source and target of a staged virtualenv.
struct StageRequest {
    fs::path live;             // the real folder to copy; empty: a new one is created
    fs::path to;               // <generation>/.venv
    bool sees_system = false;  // of a new one: include-system-site-packages
};

// Creates it, as the connector's owner. After a failure the caller removes it.
[[nodiscard]] Result<ObservedVirtualenv> stage_virtualenv(const StageRequest& place, const VirtualenvOwner& owner,
                                                          const UpdateSettings& settings, const RunEvents& events);

// Installs into what was staged, and verifies that what is new there is whole: if it is not, no pin is reported as
// installed. Messages name the place that people know. Never fails as a whole.
[[nodiscard]] Installed install_staged(const InstallPins& step, PreparedInstall prepared, const InstallTarget& place,
                                       const InstallerSettings& settings, const RunEvents& events);

// Removes packages from what was staged. If a pin failed, nothing is removed: they may still be needed. A package that
// stays is a failure.
void remove_staged(const RemovePackages& step, const InstallTarget& place, const InstallerSettings& settings,
                   const RunEvents& events, Installed& installed);

// Makes git ignore a link in the work tree: for git it is not a folder, so "/.venv/" in .gitignore does not match it.
// `line` is one of .git/info/exclude.
[[nodiscard]] Status exclude_from_git(const fs::path& work_tree, const std::string& line);

}  // namespace gup
