// SPDX-License-Identifier: Apache-2.0
// Relative paths in a virtualenv that lead out of it: they depend on where the virtualenv is.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "python/virtualenv_prefix.hpp"
#include "util/result.hpp"
#include "util/sys/file.hpp"

namespace gup {

// Where a relative link in `folder` leads, if it leaves the virtualenv `root`, also when it comes back by its name. Both
// are real paths. Pure.
[[nodiscard]] std::optional<fs::path> target_outside(const std::string& target, const fs::path& folder,
                                                     const fs::path& root);

// A folder of a virtualenv, and the same folder of its copy: real paths.
struct MovedFolder {
    fs::path from;
    fs::path to;
    fs::path root;  // the virtualenv that `from` belongs to
};
// The target of a link's copy: into the copy for a link into the virtualenv, else the place that the original leads to.
[[nodiscard]] std::string moved_target(const std::string& target, const PrefixChange& change,
                                       const MovedFolder& folder);

// The text of a .pth or .egg-link file for the copy: with_prefix, and relative lines that leave the virtualenv become
// absolute, because Python reads them from whichever path it was started by. `folders` are the paths of the file's
// folder in the original: the one that exists decides.
[[nodiscard]] std::string path_lines_for_copy(std::string_view text, const PrefixChange& change,
                                              const std::vector<MovedFolder>& folders);

struct OutsideLink {
    fs::path path;
    std::string target;  // absolute
};
// The relative links below `virtualenv`, a real folder, that lead out of it. They break when it is moved.
[[nodiscard]] Result<std::vector<OutsideLink>> links_that_leave(const fs::path& virtualenv);

}  // namespace gup
