// SPDX-License-Identifier: Apache-2.0
// Symbolic links: their targets, and the real path after following all of them.
#pragma once

#include <optional>
#include <string>

#include "util/result.hpp"
#include "util/sys/file.hpp"

namespace gup {

// The target text of the link at `path`; empty if there is no readable link.
[[nodiscard]] std::string link_text(const fs::path& path);

// The place that `path` leads to when all links at its end are followed. Nothing needs to be there. nullopt when a link
// is the kernel's (/dev/stdout, /proc/self/fd/1), or belongs neither to root nor to the process's user, or for a circle.
[[nodiscard]] std::optional<fs::path> followed(fs::path path);

// `path` without links, "." and "..". Fails when it does not exist.
[[nodiscard]] Result<fs::path> real_path(const fs::path& path);

}  // namespace gup
