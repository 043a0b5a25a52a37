// Symbolic links: their targets, and the real path after following all of them.
#pragma once

#include <string>

#include "util/result.hpp"
#include "util/sys/file.hpp"

namespace gup {

// The target text of the link at `path`; empty if there is no readable link.
[[nodiscard]] std::string link_text(const fs::path& path);

// `path` without links, "." and "..". Fails when it does not exist.
[[nodiscard]] Result<fs::path> real_path(const fs::path& path);

}  // namespace gup
