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

// Who runs ssh with the key.
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

// Where a connector's private key is, or would be.
[[nodiscard]] fs::path deploy_key_file(const fs::path& keys, const std::string& connector);

// Sees to it that `connector` has a key and that it is `owner`'s (which only root can change). One that is there is
// never replaced. After a crash there is a whole key or none. As this process's own user. Fails with busy when another
// process makes one, not_found when there is no ssh-keygen, conflict when there is something else in its place.
[[nodiscard]] Result<KeyOrigin> provide_deploy_key(const fs::path& keys, const std::string& connector,
                                                   const KeyOwner& owner);

// What there is to show of a key. As its owner. Fails with permission when he cannot get at it, corrupt when it is
// none.
[[nodiscard]] Result<DeployKey> read_deploy_key(const fs::path& keys, const std::string& connector);

// Gives a key to `owner`, if there is one, it is not his, and this process is root.
[[nodiscard]] Status give_deploy_key(const fs::path& keys, const std::string& connector, const KeyOwner& owner);

// What tells git to run another ssh than the plain one ("$GIT_SSH_COMMAND", "core.sshCommand", "$GIT_SSH"); it is used
// as it is then, without deploy key and known hosts of the agent. Empty: nothing. `repository`: a work tree whose
// configuration counts too, may be empty.
[[nodiscard]] std::string own_ssh_setting(const GitUser& user, const fs::path& repository);

}  // namespace gup
