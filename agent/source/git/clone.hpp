// SPDX-License-Identifier: Apache-2.0
// A new repository from a remote.
#pragma once

#include <string>

#include "source/git/repository.hpp"
#include "util/result.hpp"

namespace gup {

// A branch of a remote, and its commit.
struct RemoteBranch {
    std::string name;    // "main"
    std::string commit;  // 40 hex digits
};

// The branch `wanted` of the remote, or, if `wanted` is empty, the branch of its HEAD. One request, with retries. Fails
// with not_found for an unknown branch (the nearest one as hint), when HEAD names none, or when the remote has no
// commit; else as the transports do.
[[nodiscard]] Result<RemoteBranch> find_remote_branch(const std::string& url, const std::string& wanted,
                                                      const GitUser& user);

struct CloneRequest {
    std::string url;      // the URL for the configuration, including credentials
    fs::path folder;      // an empty folder
    RemoteBranch branch;  // from find_remote_branch
    CloneOptions options{};
};

// Creates the repository in `folder`: the history of that one branch with the tags that point into it, the branch with
// its upstream, "origin" with the usual refspec of all branches. Checks out nothing (see check_out). If the URL has a
// password or a token, only the owner can read the configuration. Returns the branch's commit. After a failure the
// caller removes the folder.
[[nodiscard]] Result<std::string> clone_repository(const CloneRequest& request, const GitUser& user,
                                                   const ProgressCallback& progress);

// The first checkout of a clone, submodules included.
[[nodiscard]] Status check_out_clone(const CloneRequest& request, const std::string& commit, const GitUser& user,
                                     const ProgressCallback& progress);

}  // namespace gup
