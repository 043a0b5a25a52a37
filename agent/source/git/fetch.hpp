// Downloads of commits.
#pragma once

#include <string>
#include <vector>

#include "core/observed.hpp"
#include "source/libgit2/opened.hpp"

namespace gup::git {

struct FetchRequest {
    std::string url;
    std::vector<std::string> refspecs;  // "+refs/heads/main:refs/remotes/origin/main"
    std::string commit;                 // wanted at least; a local remote gives exactly its history
    int depth = 0;                      // of a new clone: that many commits; 0: all. Not for local remotes
};

// One download with retries: the history, then the refs of the refspecs and the tags that point into what is here.
[[nodiscard]] Status fetch_from(const Opened& opened, const FetchRequest& request, const ProgressCallback& progress);

// Removes temporary files of fetches that were killed.
void sweep_packs(const Opened& opened);

// See GitRepository::fetch.
[[nodiscard]] Status fetch(const Opened& opened, const ObservedCode& code, const std::string& commit,
                           const ProgressCallback& progress);

}  // namespace gup::git
