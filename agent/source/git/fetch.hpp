// SPDX-License-Identifier: Apache-2.0
// Downloads of commits.
#pragma once

#include <string>
#include <vector>

#include "core/observed.hpp"
#include "source/libgit2/opened.hpp"

namespace gup::git {

// The tags of a fetch: none, those that point into what is here, or all.
enum class Tags : std::uint8_t { none, follow, all };
// remote.<name>.tagOpt.
[[nodiscard]] Tags tags_of(const Opened& opened, const std::string& remote);

struct FetchRequest {
    std::string url;
    std::vector<std::string> refspecs;  // "+refs/heads/main:refs/remotes/origin/main"
    std::string commit;                 // wanted at least; a local remote gives exactly its history
    int depth = 0;                      // of a new clone: that many commits; 0: all. Not for local remotes
    Tags tags = Tags::follow;
    bool whole = false;  // downloads all branches and tags with their history, but makes no refs of them
};

// One download with retries: the history, then the refs of the refspecs and the tags (see update_refs).
[[nodiscard]] Status fetch_from(const Opened& opened, const FetchRequest& request, const ProgressCallback& progress);

// The commit `request.commit`, which no ref need name: by its id where the remote gives that, else with everything that
// the remote has. Fails with not_found if the remote does not have it.
[[nodiscard]] Status fetch_by_id(const Opened& opened, FetchRequest request, const ProgressCallback& progress);

// Removes temporary files of fetches that were killed.
void sweep_packs(const Opened& opened);

// See GitRepository::fetch.
[[nodiscard]] Status fetch(const Opened& opened, const ObservedCode& code, const std::string& commit,
                           const ProgressCallback& progress);

}  // namespace gup::git
