// SPDX-License-Identifier: Apache-2.0
// Host keys of SSH servers, and the file of trusted ones.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "source/libgit2/types.hpp"
#include "util/result.hpp"
#include "util/sys/file.hpp"

namespace gup {

struct HostKey {
    std::string host;         // as known_hosts names it: "git.example.org", "[127.0.0.1]:2222", a HostKeyAlias
    std::string type;         // "ssh-ed25519"
    std::string key;          // base64
    std::string fingerprint;  // "SHA256:…"

    // The line of known_hosts, without its end.
    [[nodiscard]] std::string line() const;
    // "git.example.org: SHA256:… (ed25519)"
    [[nodiscard]] std::string display() const;
};

// The keys of the server of `url` (ssh-keyscan; host, port and alias from ssh's own configuration), the preferred one
// first. As the user whose ssh will ask. Fails with unreachable if the server has none, unsupported if it is only
// reached through another host.
[[nodiscard]] Result<std::vector<HostKey>> scan_host_keys(const std::string& url, const GitUser& user);

// True if the file has that line.
[[nodiscard]] Result<bool> is_pinned(const fs::path& file, const std::string& line);
// Adds the key to a known_hosts file, which may not exist yet. Does not add an existing line again. As this process's
// own user; all users may read the file.
[[nodiscard]] Status pin_host_key(const fs::path& file, const std::string& line);
// Removes exactly that line; removes the file with its last line.
[[nodiscard]] Status unpin_host_key(const fs::path& file, const std::string& line);

// True if `error` means a host whose key is in no file of known hosts (not a changed key).
[[nodiscard]] bool is_unknown_host_key(const Error& error);

namespace detail {

// The output of `ssh -G` for a destination.
struct SshDestination {
    std::string host;
    std::string alias;  // HostKeyAlias
    int port = 22;
    bool through_another = false;  // ProxyJump or ProxyCommand

    // Its name in known_hosts.
    [[nodiscard]] std::string known_as() const;
};
[[nodiscard]] SshDestination parse_ssh_settings(std::string_view text);
// True if a line of known_hosts that begins with it names one host: no pattern, list, marker, hash or comment.
[[nodiscard]] bool is_pinnable_name(std::string_view name);
// Lines of ssh-keyscan as keys without fingerprint, ed25519 first, then ecdsa, then rsa; other lines are ignored.
[[nodiscard]] std::vector<HostKey> parse_key_scan(std::string_view text, const std::string& known_as);

}  // namespace detail
}  // namespace gup
