// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <string>

#include "util/worker/channel.hpp"

using gup::MessageReader;

namespace {

// An array of `count` zeros in CBOR, with its length in front.
std::string zeros(std::uint32_t count) {
    const auto big_endian = [](std::uint32_t number) {
        std::string bytes;
        for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(number >> shift & 0xFFU);
        return bytes;
    };
    const std::string body = '\x9a' + big_endian(count) + std::string(count, '\0');
    return big_endian(static_cast<std::uint32_t>(body.size())) + body;
}

}  // namespace

TEST_CASE("MessageReader: a message of many small values is refused, because each takes the memory of many bytes") {
    MessageReader small;
    small.add(zeros(100'000));
    const auto whole = small.next();
    REQUIRE(whole.ok());
    CHECK(whole->value().size() == 100'000);
    MessageReader large;
    large.add(zeros(1'000'000));
    CHECK_FALSE(large.next().ok());
}

TEST_CASE("MessageReader: an array or text that announces more than the message has is refused") {
    for (const char* announced : {"\x9b\xff\xff\xff\xff\xff\xff\xff\xf0", "\xbb\xff\xff\xff\xff\xff\xff\xff\xf0",
                                  "\x7b\x7f\xff\xff\xff\xff\xff\xff\xf0", "\x5b\x7f\xff\xff\xff\xff\xff\xff\xf0"}) {
        MessageReader reader;
        reader.add(std::string(3, '\0') + '\x09' + announced);
        CHECK_FALSE(reader.next().ok());
    }
}
