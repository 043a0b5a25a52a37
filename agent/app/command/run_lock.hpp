// SPDX-License-Identifier: Apache-2.0
// The locks of the agent, with errors for people.
#pragma once

#include <string_view>

#include "connector/settings.hpp"
#include "util/result.hpp"
#include "util/sys/lock.hpp"

namespace gup {

// As take_run_lock. Fails with busy: "another run is active: process 27866, since 22:32".
[[nodiscard]] Result<FileLock> take_turn_lock(const UpdateSettings& settings);

// The error of a lock that another process has, as a person would say it: `what` is active. Other errors are unchanged.
[[nodiscard]] Error busy_as_text(const Error& error, const fs::path& lock, std::string_view what);

}  // namespace gup
