// The submodules that HEAD records.
#pragma once

#include <string>
#include <vector>

#include "source/libgit2/opened.hpp"

namespace gup::git {

// One that .gitmodules declares, HEAD records, and the configuration does not switch off.
struct RecordedSubmodule {
    std::string name;
    std::string path;    // below the work tree
    std::string url;     // as configured; may be relative
    std::string commit;  // the recorded one
};

// Empty if `commit` has no .gitmodules. Fails with invalid_input for names and paths that leave the work tree.
[[nodiscard]] Result<std::vector<RecordedSubmodule>> recorded_submodules(const Opened& opened,
                                                                         const std::string& commit);
// True if one of them (recursively) is missing, unreadable or at another commit.
[[nodiscard]] bool submodules_differ(const Opened& opened, const std::string& commit);

// HEAD's commit of the repository at `folder`; empty when there is none.
[[nodiscard]] std::string head_of(const fs::path& folder);

}  // namespace gup::git
