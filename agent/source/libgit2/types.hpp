// SPDX-License-Identifier: Apache-2.0
// Types that all rooms of source/ share: settings, users, refs, progress.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "util/clock.hpp"
#include "util/http/network_access.hpp"
#include "util/result.hpp"
#include "util/sys/file.hpp"

namespace gup {

// The settings of all repositories of one process.
struct GitSettings : NetworkAccess {
    Milliseconds connect_timeout{20'000};
    Milliseconds idle_timeout{30'000};  // ssh and git://: no byte that long
    Milliseconds total_timeout{3'600'000};
    fs::path keys;  // deploy keys: <keys>/<connector>/ (source/deploy_key.hpp); empty: there are none
    std::uint64_t max_object_size = std::uint64_t{128} << 20U;  // bytes of one object; 0: no limit
    fs::path known_hosts;  // host keys that are trusted besides the user's and the system's; may be missing
};

// The user whose git configuration, netrc and ssh keys are used.
struct GitUser {
    fs::path home;  // ~/.gitconfig, ~/.config/git/config, ~/.netrc, ~/.ssh
    fs::path system_config = "/etc/gitconfig";
    std::string connector{};  // the connector whose deploy key is used; empty: none
    // The remote that the operator configured, for the repository of a submodule, whose URL its committers choose.
    // Empty: the asked remote.
    std::string home_remote{};
};

// How much of a remote a new clone gets, and follows from then on.
struct CloneOptions {
    int depth = 0;               // that many commits of the branch; 0: all. Remotes on this machine give all
    bool single_branch = false;  // the refspec names this branch alone, so that `git fetch` brings no other either
};

struct RemoteRef {
    std::string name;      // "refs/heads/main", "refs/tags/5.0.0", "refs/tags/5.0.0^{}", "HEAD"
    std::string commit;    // 40 hex digits
    std::string target{};  // of HEAD, where the server says it: "refs/heads/main"
};

struct TransferProgress {
    std::uint64_t bytes = 0;     // received
    unsigned objects = 0;        // received
    unsigned total_objects = 0;  // 0: not known yet
};
using ProgressCallback = std::function<void(const TransferProgress&)>;

// Called before the first byte of a work tree changes, with what is needed to settle it after a crash (absolute path
// of the work tree, commits; from is 40 zeros for a fresh clone). When it fails nothing is touched.
struct WorkTreeMove {
    std::string path;
    std::string from;
    std::string to;
};
using BeforeMove = std::function<Status(const WorkTreeMove&)>;

}  // namespace gup
