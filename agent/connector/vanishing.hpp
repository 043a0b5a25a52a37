// SPDX-License-Identifier: Apache-2.0
// Updates that the next boot would undo.
#pragma once

#include <optional>

#include "connector/settings.hpp"
#include "util/result.hpp"

namespace gup {

// Why nothing may be changed: the root folder or the agent's state is on a file system that looks like a disk and loses
// everything at the next boot. The same update, its download and its reboot would come every night. nullopt: they last, or
// are on a tmpfs that somebody chose.
[[nodiscard]] std::optional<Error> vanishing_updates(const UpdateSettings& settings);

}  // namespace gup
