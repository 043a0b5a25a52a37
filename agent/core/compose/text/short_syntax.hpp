// SPDX-License-Identifier: Apache-2.0
// The short forms of ports and volumes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gup::compose {

struct ShortPort {
    std::string host_ip;
    std::string published;
    std::uint16_t target = 0;
    std::string protocol = "tcp";
};

// "80", "8080:80", "127.0.0.1:8080-8082:80-82/udp", "[::1]:80:80": one for each port. A range of host ports for one port
// stays a range. Empty: `reason` says why not.
[[nodiscard]] std::vector<ShortPort> parse_short_port(std::string_view text, std::string& reason);

// "8000-8010" or "80"; nullopt: it is no port or range of ports.
struct PortRange {
    std::uint16_t first = 0;
    std::uint16_t last = 0;
};
[[nodiscard]] std::optional<PortRange> parse_port_range(std::string_view text);

// True for an IPv4 or IPv6 address, without brackets.
[[nodiscard]] bool is_address(std::string_view text);

struct ShortVolume {
    std::string source;  // a path, a volume's name, or empty
    std::string target;
    std::vector<std::string> options;
};

// "data:/data:ro,z", "./conf:/conf", "/anonymous". Nullopt: `reason` says why not.
[[nodiscard]] std::optional<ShortVolume> parse_short_volume(std::string_view text, std::string& reason);

// True if the source of a short volume is a path: it begins with '/', '.' or '~'.
[[nodiscard]] bool is_path_source(std::string_view source);

}  // namespace gup::compose
