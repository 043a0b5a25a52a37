// Symbolic links: what they say, and where a path ends once all of them are followed.
#pragma once

#include <string>

#include "util/result.hpp"
#include "util/sys/file.hpp"

namespace gup {

// Where the link at `path` says that it leads; empty when there is none that can be read.
[[nodiscard]] std::string link_text(const fs::path& path);

// `path` without links, "." and "..". Fails when it is not there.
[[nodiscard]] Result<fs::path> real_path(const fs::path& path);

}  // namespace gup
