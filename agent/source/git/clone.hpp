// A new repository from a remote.
#pragma once

#include <string>

#include "source/git/repository.hpp"
#include "util/result.hpp"

namespace gup {

// A branch of a remote, and where it stands.
struct RemoteBranch {
    std::string name;    // "main"
    std::string commit;  // 40 hex digits
};

// The branch `wanted` of the remote, or, when `wanted` is empty, the one that its HEAD names. One request, with
// retries. Fails with not_found when there is no such branch (the nearest one as hint), when HEAD names none, or when
// nothing was ever committed there; else as the transports do.
[[nodiscard]] Result<RemoteBranch> find_remote_branch(const std::string& url, const std::string& wanted,
                                                      const GitUser& user);

struct CloneRequest {
    std::string url;      // as it is to stand in the configuration, credentials and all
    fs::path folder;      // an empty folder
    RemoteBranch branch;  // as find_remote_branch gave it
    CloneOptions options{};
};

// Makes the repository in `folder`: the history of that one branch with the tags that point into it, the branch with
// its upstream, "origin" with the usual refspec of all branches. Nothing is checked out (see check_out). The
// configuration can be read by its owner only when the URL holds a password or a token. Returns the branch's commit.
// What was made is left to the caller when it fails.
[[nodiscard]] Result<std::string> clone_repository(const CloneRequest& request, const GitUser& user,
                                                   const ProgressCallback& progress);

// The first checkout of what clone_repository made, submodules included.
[[nodiscard]] Status check_out_clone(const CloneRequest& request, const std::string& commit, const GitUser& user,
                                     const ProgressCallback& progress);

}  // namespace gup
