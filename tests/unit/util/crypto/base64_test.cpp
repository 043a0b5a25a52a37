// SPDX-License-Identifier: Apache-2.0
#include "util/crypto/base64.hpp"

#include <doctest/doctest.h>

using namespace gup;

TEST_CASE("base64_decoded: with and without padding") {
    CHECK(base64_decoded("cGk6czNjcmV0") == "pi:s3cret");
    CHECK(base64_decoded("YTpi") == "a:b");
    CHECK(base64_decoded("YTo=") == "a:");
    CHECK(base64_decoded("YTo") == "a:");
    CHECK(base64_decoded("YQ==") == "a");
    CHECK(base64_decoded("") == "");
    for (const char* wrong : {"a", "YQ=", "Y Q=", "YQ==x", "YT-i", "=", "===="}) {
        CAPTURE(wrong);
        CHECK_FALSE(base64_decoded(wrong).has_value());
    }
}
