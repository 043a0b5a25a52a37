// SPDX-License-Identifier: Apache-2.0
// Errors of commands as a person would say them: a busy lock, a misspelt connector.
#pragma once

#include <string>
#include <string_view>

#include "app/config/config.hpp"
#include "util/result.hpp"
#include "util/sys/lock.hpp"

namespace gup {

// As take_run_lock. Fails with busy: "another run is active: process 27866, since 22:32".
[[nodiscard]] Result<FileLock> take_turn_lock(const UpdateSettings& settings);

// The error of a lock that another process has, as a person would say it: `what` is active. Other errors are unchanged.
[[nodiscard]] Error busy_as_text(const Error& error, const fs::path& lock, std::string_view what);

// The connector whose name is similar; empty: `name` is one, or none is similar.
[[nodiscard]] std::string nearest_connector(const std::string& name, const Config& config);

// The error of a command for connector `name`: if there is none, the hint is the similar name.
[[nodiscard]] Error with_near_name(const Error& error, const std::string& name, const Config& config);

}  // namespace gup
