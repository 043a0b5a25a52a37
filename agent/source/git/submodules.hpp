// SPDX-License-Identifier: Apache-2.0
// The submodules that HEAD records.
#pragma once

#include <string>
#include <vector>

#include "source/libgit2/opened.hpp"

namespace gup::git {

// One that .gitmodules declares, HEAD records, and the configuration does not switch off.
struct RecordedSubmodule {
    std::string name;
    std::string path;        // below the work tree
    std::string url;         // as .gitmodules declares it; may be relative
    std::string configured;  // submodule.<name>.url of the configuration; empty: not set
    std::string commit;      // the recorded one
};

// Empty if `commit` has no .gitmodules. Fails with invalid_input for names and paths that leave the work tree.
[[nodiscard]] Result<std::vector<RecordedSubmodule>> recorded_submodules(const Opened& opened,
                                                                         const std::string& commit);
// The URLs that .gitmodules has declared for the submodule `name` in the history of HEAD and of the remote branches, as
// far as it is here. As they are written: they may be relative.
[[nodiscard]] std::vector<std::string> declared_urls(const Opened& opened, const std::string& name);

// True if one of them (recursively) is missing, unreadable or at another commit.
[[nodiscard]] bool submodules_differ(const Opened& opened, const std::string& commit);

// HEAD's commit of the repository at `folder`; empty when there is none.
[[nodiscard]] std::string head_of(const fs::path& folder);

}  // namespace gup::git
