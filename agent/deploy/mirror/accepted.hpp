// SPDX-License-Identifier: Apache-2.0
// Files of a plain folder that are not as the release has them, and stay so: a hook changed or moved them, or somebody
// changed one again after it was replaced. In <root>/.gup/<name>/.local, for the enabled release.
#pragma once

#include <set>
#include <string>

#include "util/sys/file.hpp"

namespace gup {

using AcceptedPaths = std::set<std::string>;

// `folder`: of the releases. Empty when the file is of another release, missing or damaged.
[[nodiscard]] AcceptedPaths read_accepted(const fs::path& folder, const std::string& release);
// Replaces it. A failure is only logged: then such a file is replaced once more.
void write_accepted(const fs::path& folder, const std::string& release, const AcceptedPaths& paths);

}  // namespace gup
