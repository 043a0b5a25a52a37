// SPDX-License-Identifier: Apache-2.0
// What ssh and ssh-keyscan print, and what a credential helper answers.
#include "source/remote/ssh_host_key.hpp"

#include "fuzz.hpp"
#include "source/remote/credentials.hpp"

void gup::fuzz::take(std::string_view input) {
    const detail::SshDestination destination = detail::parse_ssh_settings(input);
    (void)detail::is_pinnable_name(destination.known_as());
    for (const HostKey& key : detail::parse_key_scan(input, "git.example.org")) {
        check(key.line().find('\n') == std::string::npos, "a host key is one line of known_hosts");
    }
    (void)detail::parse_credentials(input);
}
