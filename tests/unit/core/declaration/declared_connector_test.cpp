// SPDX-License-Identifier: Apache-2.0
#include "core/declaration/declared_connector.hpp"

#include <doctest/doctest.h>

#include <string>

namespace gup {

TEST_CASE("is_s3_region: small letters, digits and inner dashes, at most 40") {
    for (const char* region : {"eu-central-1", "a", "0", "z9", "us-gov-east-1"}) CHECK(is_s3_region(region));
    for (const char* region : {"", "-", "-a", "a-", "eu central", "EU", "eu.central", "a/b"}) {
        CHECK_FALSE(is_s3_region(region));
    }
    CHECK(is_s3_region(std::string(40, 'a')));
    CHECK_FALSE(is_s3_region(std::string(41, 'a')));
}

TEST_CASE("is_s3_region: of all bytes, a to z, 0 to 9 and the dash may be inside") {
    constexpr std::string_view allowed = "abcdefghijklmnopqrstuvwxyz0123456789-";
    for (int byte = 0; byte < 256; ++byte) {
        const char c = static_cast<char>(byte);
        CAPTURE(byte);
        CHECK(is_s3_region(std::string{'x', c, 'x'}) == (allowed.find(c) != std::string_view::npos));
    }
}

}  // namespace gup
