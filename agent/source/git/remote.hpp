// SPDX-License-Identifier: Apache-2.0
// Conversations with remotes, for source/git.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/observed.hpp"
#include "source/git/repository.hpp"
#include "source/libgit2/opened.hpp"
#include "source/remote/transport_scope.hpp"

namespace gup::git {

// The error in the context of `act`, which ends with the URL. "cannot ask URL: URL/info/refs: reason" names the URL once.
[[nodiscard]] Error without_repeated_url(Error error, const std::string& act, const std::string& url);

// The transport's own error if it has one, else libgit2's.
[[nodiscard]] Error network_failure(int code, const std::string& act, const std::string& url);

// A remote in memory for exactly this URL.
[[nodiscard]] Result<Remote> make_remote(git_repository* repository_or_null, const std::string& url);

// Connects to it for a fetch. A remote that is a path may belong to any user. Returns libgit2's code.
[[nodiscard]] int connect(git_remote* remote, const std::string& url);

// The refs whose names begin with one of `prefixes` (none: all), with retries; a remote on this machine gives all.
[[nodiscard]] Result<std::vector<RemoteRef>> list_refs(git_repository* repository_or_null, const std::string& url,
                                                       const GitUser& user, const std::vector<std::string>& prefixes);

// See GitRepository::send_question and ask_remote.
[[nodiscard]] std::optional<RemoteQuestion> send_question(const Opened& opened, const ObservedCode& code);
[[nodiscard]] Result<std::string> ask_remote(const Opened& opened, const ObservedCode& code);

}  // namespace gup::git
