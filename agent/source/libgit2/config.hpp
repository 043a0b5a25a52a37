// SPDX-License-Identifier: Apache-2.0
// Git's configuration as one user has it. The process works for several users, so libgit2's own search is off.
#pragma once

#include <mutex>
#include <string>
#include <vector>

#include "source/libgit2/handles.hpp"
#include "source/libgit2/types.hpp"

namespace gup::git {

// The configuration of a user, and of a repository when there is one.
[[nodiscard]] Result<Config> open_config(const GitUser& user, git_repository* repository_or_null);
// Opens exactly `folder`, a work tree or a git folder, after a look at the sizes of its files (file_limits.hpp), with the
// configuration of the user. Fails with permission when it belongs neither to the effective user nor to root. Nothing
// opens a repository in another way.
[[nodiscard]] Result<Repository> open_configured(const fs::path& folder, unsigned flags, const GitUser& user);
// The same without the configuration of a user.
[[nodiscard]] Result<Repository> open_plainly(const fs::path& folder, unsigned flags = 0);
// A remote that is a path, whose owner does not matter: only its refs and objects are read.
[[nodiscard]] Result<Repository> open_remote_folder(const fs::path& folder);
// While it lives, libgit2 opens repositories of any owner, because it opens such a remote itself. Other threads wait.
class AnyOwner {
public:
    AnyOwner();
    ~AnyOwner();
    AnyOwner(const AnyOwner&) = delete;
    AnyOwner& operator=(const AnyOwner&) = delete;

private:
    std::scoped_lock<std::mutex> lock_;
};
// The configuration of a user into the repository. `config_of`: the repository whose local file is read (of a
// quarantine, the original).
[[nodiscard]] Status configure(git_repository* repository, const GitUser& user, git_repository* config_of);
// Empty when it is not set.
[[nodiscard]] std::string config_text(git_config* config, const std::string& key);
// All values of a key. An empty one drops those before it.
[[nodiscard]] std::vector<std::string> config_list(git_config* config, const std::string& key);
// The first of them, which git takes of a remote's URLs and of a branch's merges; empty when there is none.
[[nodiscard]] std::string first_config_text(git_config* config, const std::string& key);
[[nodiscard]] bool config_flag(git_config* config, const std::string& key, bool fallback);

// `url` after url.<base>.insteadOf, and when it is a relative path, from `folder`.
[[nodiscard]] std::string effective_url(const std::string& url, git_config* config, const fs::path& folder);
// The path of a file:// URL (decoded, as git does) or of a plain path; empty for everything else.
[[nodiscard]] fs::path local_path(const std::string& url);

// For git_shutdown: forgets what ~ in an include means.
void forget_home();

}  // namespace gup::git
