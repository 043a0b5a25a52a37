// SPDX-License-Identifier: Apache-2.0
#include "selfupdate/manifest.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace gup {

TEST_CASE("ReleaseVersion: precedence is that of Semantic Versioning") {
    const std::vector<std::string> ascending{"0.1.0",
                                             "0.1.1",
                                             "0.2.0-alpha",
                                             "0.2.0-alpha.1",
                                             "0.2.0-alpha.beta",
                                             "0.2.0-beta",
                                             "0.2.0-rc.2",
                                             "0.2.0-rc.10",
                                             "0.2.0",
                                             "0.10.0",
                                             "1.0.0-1",
                                             "1.0.0",
                                             "1.0.99999999",
                                             "1.0.100000000000000000000"};
    for (std::size_t i = 0; i < ascending.size(); ++i) {
        for (std::size_t j = 0; j < ascending.size(); ++j) {
            CAPTURE(ascending[i]);
            CAPTURE(ascending[j]);
            const auto a = ReleaseVersion::parse(ascending[i]);
            const auto b = ReleaseVersion::parse(ascending[j]);
            REQUIRE(a);
            REQUIRE(b);
            CHECK((*a < *b) == (i < j));
            CHECK((*a == *b) == (i == j));
        }
    }
}

TEST_CASE("ReleaseVersion: other texts are refused") {
    for (const char* text : {"", "1", "1.2", "1.2.3.4", "01.2.3", "1.2.x", "1.2.3-", "1.2.3-a..b", "1.2.3-01",
                             "1.2.3+build", "v1.2.3", " 1.2.3", "1.2.3\n", "1.2.-3"}) {
        CAPTURE(text);
        CHECK_FALSE(ReleaseVersion::parse(text));
    }
}

TEST_CASE("release_of_debian_version: revision and tilde are Debian's") {
    CHECK(release_of_debian_version("0.2.0") == "0.2.0");
    CHECK(release_of_debian_version("0.2.0-1") == "0.2.0");
    CHECK(release_of_debian_version("0.2.0~rc.1-1") == "0.2.0-rc.1");
}

}  // namespace gup
