// SPDX-License-Identifier: Apache-2.0
#include "host/listening_ports.hpp"

#include <doctest/doctest.h>

namespace gup {
namespace {

constexpr const char* header =
    "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n";

std::string line_of(const std::string& address, const std::string& state) {
    return "   0: " + address + " 00000000:0000 " + state +
           " 00000000:00000000 00:00000000 00000000     0        0 648 1\n";
}

}  // namespace

TEST_CASE("parse_listening: addresses, states, and lines of another form") {
    const auto tcp = parse_listening(header + line_of("00000000:1F90", "0A") + line_of("0100007F:0050", "0A") +
                                         line_of("0100007F:0051", "01") + "\nnonsense\n" + line_of("zz:zz", "0A"),
                                     "tcp");
    REQUIRE(tcp.size() == 3);
    CHECK(tcp[0].port == 8080);
    CHECK(tcp[0].address.empty());
    CHECK(tcp[0].socket == 648);
    CHECK(tcp[1].port == 80);
    CHECK(tcp[1].address == "127.0.0.1");
    CHECK(tcp[2].port == 0);
    const auto six = parse_listening(
        line_of("00000000000000000000000001000000:0035", "0A") + line_of("00000000000000000000000000000000:0035", "0A"),
        "tcp");
    REQUIRE(six.size() == 2);
    CHECK(six[0].address == "::1");
    CHECK(six[1].address.empty());
    CHECK(parse_listening(line_of("00000000:0043", "07"), "udp").size() == 1);
    CHECK(parse_listening(line_of("00000000:0043", "0A"), "udp").empty());
    CHECK(parse_listening("", "tcp").empty());
}

}  // namespace gup
