// SPDX-License-Identifier: Apache-2.0
// A uv.lock as a requirements file: `uv export --frozen`, without Python and without the network.
#pragma once

#include <optional>
#include <string>

#include "python/installer/installer.hpp"
#include "util/result.hpp"

namespace gup {

// The content of a lock file, and of the pyproject.toml next to it.
struct LockText {
    std::string name;  // "uv.lock"
    std::string lock;
    std::optional<std::string> project;
};

// The packages of the lock without development groups and without the project itself, with hashes and markers. In a
// temporary folder, so that the code may be a commit. Fails with unsupported where uv is missing, and for any lock but
// uv.lock; with invalid_input if uv refuses it.
[[nodiscard]] Result<std::string> export_lock(const LockText& lock, const InstallerSettings& settings);

}  // namespace gup
