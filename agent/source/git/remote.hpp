// Conversations with remotes, for the files of the git part.
#pragma once

#include <string>
#include <vector>

#include "source/libgit2/handles.hpp"
#include "source/transport/register.hpp"

namespace gup::git {

// The transport's own error if it has one, else libgit2's.
[[nodiscard]] Error network_failure(int code, const std::string& act, const std::string& url);

// A remote in memory for exactly this URL.
[[nodiscard]] Result<Remote> make_remote(git_repository* repository_or_null, const std::string& url);

// The refs whose names begin with one of `prefixes` (none: all), with retries; a remote on this machine gives all.
[[nodiscard]] Result<std::vector<RemoteRef>> list_refs(git_repository* repository_or_null, const std::string& url,
                                                       const GitUser& user, const std::vector<std::string>& prefixes);

struct FetchRequest {
    std::string url;
    std::vector<std::string> refspecs;  // "+refs/heads/main:refs/remotes/origin/main"
    std::string commit;                 // wanted at least; a local remote gives exactly its history
    int depth = 0;                      // of a new clone: that many commits; 0: all. Not for local remotes
};

// One download with retries: the history, then the refs of the refspecs and the tags that point into what is here.
[[nodiscard]] Status fetch_from(const Opened& opened, const FetchRequest& request, const ProgressCallback& progress);

// The same from a repository on this machine; keeps a shallow repository shallow, which libgit2's own does not.
[[nodiscard]] Status fetch_local(const Opened& opened, const FetchRequest& request, const ProgressCallback& progress);

// Removes temporary files of fetches that were killed.
void sweep_packs(const Opened& opened);

}  // namespace gup::git
