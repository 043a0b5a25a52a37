// SPDX-License-Identifier: Apache-2.0
// Settings of git that are set for a user, and that the agent does not heed (docs/reference/git-settings.md).
#pragma once

#include <string>
#include <vector>

#include "source/libgit2/types.hpp"

namespace gup {

// "http.cookieFile (/home/a/.gitconfig, line 3)", in the order of the configuration, each key once. `git_folder`: of the
// repository; empty: none.
[[nodiscard]] std::vector<std::string> unheeded_settings(const GitUser& user, const fs::path& git_folder);

// The names of variables for git that are set in this process, and not heeded, or heeded for its own user only.
struct UnheededVariables {
    std::vector<std::string> never;
    std::vector<std::string> own_user_only;
};
[[nodiscard]] UnheededVariables unheeded_variables();

}  // namespace gup
