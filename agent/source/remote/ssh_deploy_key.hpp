// SPDX-License-Identifier: Apache-2.0
// A connector's own SSH key: made by the system's ssh-keygen, kept by the agent, used for the connector's remote.
//
//   <keys>/<connector>/id_ed25519      mode 0600, the connector's owner's, as ssh wants it
//   <keys>/<connector>/id_ed25519.pub
#pragma once

#include <cstdint>
#include <string>

#include "source/libgit2/types.hpp"
#include "util/result.hpp"
#include "util/sys/file.hpp"

namespace gup {

// The user that runs ssh with the key.
struct KeyOwner {
    unsigned uid = 0;
    unsigned gid = 0;
};

enum class KeyOrigin : std::uint8_t { was_there, just_made };

struct DeployKey {
    fs::path file;            // the private key
    std::string public_line;  // "ssh-ed25519 AAAA… gup-agent smart-meter@gateway-7"
    std::string fingerprint;  // "SHA256:…"
};

// The path of a connector's private key, which may not exist.
[[nodiscard]] fs::path deploy_key_file(const fs::path& keys, const std::string& connector);

// Ensures that `connector` has a key that `owner` owns (only root can change the owner). Never replaces an existing
// key. After a crash there is a complete key or none. As this process's own user. Fails with busy if another process
// creates one, not_found if there is no ssh-keygen, conflict if something else has its path.
[[nodiscard]] Result<KeyOrigin> provide_deploy_key(const fs::path& keys, const std::string& connector,
                                                   const KeyOwner& owner);

// The public part of a key. As its owner. Fails with permission if the owner cannot read it, corrupt if it is not a
// key.
[[nodiscard]] Result<DeployKey> read_deploy_key(const fs::path& keys, const std::string& connector);

// If this process is root and a key exists: makes `owner` its owner.
[[nodiscard]] Status give_deploy_key(const fs::path& keys, const std::string& connector, const KeyOwner& owner);

// The setting that makes git run another ssh than the plain one ("$GIT_SSH_COMMAND", "core.sshCommand", "$GIT_SSH").
// That ssh is used unchanged, without deploy key and known hosts of the agent. Empty: none. `repository`: a work tree
// whose configuration is also read, may be empty.
[[nodiscard]] std::string own_ssh_setting(const GitUser& user, const fs::path& repository);

}  // namespace gup
