// SPDX-License-Identifier: Apache-2.0
// The ports of this machine on which something listens, from /proc/net.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "util/sys/file.hpp"

namespace gup {

struct ListeningPort {
    std::string protocol;  // "tcp", "udp"
    std::string address;   // empty: all
    unsigned port = 0;
    std::uint64_t socket = 0;  // its number in /proc/PID/fd
};

// Lines of /proc/net/tcp, tcp6, udp or udp6: sockets that wait for anybody.
[[nodiscard]] std::vector<ListeningPort> parse_listening(std::string_view text, const std::string& protocol);
[[nodiscard]] std::vector<ListeningPort> listening_ports(const fs::path& proc = "/proc");

// "mosquitto (812)" by socket, of the processes that have one of them. podman's are left out: it has those of containers.
[[nodiscard]] std::map<std::uint64_t, std::string> socket_holders(const std::set<std::uint64_t>& sockets,
                                                                  const fs::path& proc = "/proc");

}  // namespace gup
