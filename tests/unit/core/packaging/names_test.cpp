// SPDX-License-Identifier: Apache-2.0
#include "core/packaging/names.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace gup;

TEST_CASE("normalized_name: spellings of one name become one (PEP 503)") {
    for (const std::string_view name : {"friendly-bard", "Friendly-Bard", "FRIENDLY-BARD", "friendly.bard",
                                        "friendly_bard", "friendly--bard", "FrIeNdLy-._.-bArD"}) {
        CHECK(normalized_name(name) == "friendly-bard");
    }
    CHECK(normalized_name("").empty());
    CHECK(normalized_name("\xC3\x84x") == "\xC3\x84x");
}

TEST_CASE("is_same_name: two spellings are the same exactly when they normalize to the same") {
    const char* names[] = {"", "a", "A", "ab", "a-b", "a_.b", "A..B", "a-", "a--", "a-b-c", "b"};
    for (const char* one : names) {
        for (const char* other : names) {
            CAPTURE(one);
            CAPTURE(other);
            CHECK(is_same_name(one, other) == (normalized_name(one) == normalized_name(other)));
        }
    }
}

TEST_CASE("is_distribution_name: letters, digits and inner separators (PEP 508)") {
    for (const std::string_view name : {"a", "7", "A.B", "paho-mqtt", "ruamel.yaml.clib", "zope_x", "0x"}) {
        CHECK_MESSAGE(is_distribution_name(name), std::string(name));
    }
    for (const std::string_view name :
         {"", "-a", "a-", ".a", "a.", "_", "a b", "a[b]", "a,b", "\xC3\xA4", "a:b", "a/b", "a\n"}) {
        CHECK_FALSE_MESSAGE(is_distribution_name(name), std::string(name));
    }
}
