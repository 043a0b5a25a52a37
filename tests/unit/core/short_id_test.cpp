// SPDX-License-Identifier: Apache-2.0
#include "core/short_id.hpp"

#include <doctest/doctest.h>

using namespace gup;

TEST_CASE("short_id: seven digits, or fewer if there are no more") {
    CHECK(short_id("1a2b3c4d5e6f708192a3b4c5d6e7f80912345678") == "1a2b3c4");
    CHECK(short_id("1a").size() == 2);
    CHECK(short_id("").empty());
}
