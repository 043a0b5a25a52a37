// SPDX-License-Identifier: Apache-2.0
#include "core/release_order.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace gup {

TEST_CASE("is_later_id: numbers by their value, the rest by its bytes") {
    const std::vector<std::string> latest_first{"2.1",
                                                "2.1rc1",
                                                "1.10",
                                                "1.9-2",
                                                "1.9",
                                                "1.2",
                                                "1",
                                                "1.0",
                                                "main",
                                                "b",
                                                "a10",
                                                "a9",
                                                "a",
                                                "2026-11-21_02_00-main-e9b167f",
                                                "2026-11-21_02_00-dev-e9b167f",
                                                "2026-9-1"};
    std::vector<std::string> sorted = latest_first;
    std::reverse(sorted.begin(), sorted.end());
    std::sort(sorted.begin(), sorted.end(), is_later_id);
    const auto at = [&](const std::string& id) { return std::find(sorted.begin(), sorted.end(), id) - sorted.begin(); };
    CHECK(at("1.10") < at("1.9"));
    CHECK(at("1.9-2") < at("1.9"));
    CHECK(at("2.1") < at("2.1rc1"));
    CHECK(at("2.1rc1") < at("1.10"));
    CHECK(at("1") < at("main"));
    CHECK(at("2026-11-21_02_00-main-e9b167f") < at("2026-11-21_02_00-dev-e9b167f"));
    CHECK(at("2026-11-21_02_00-dev-e9b167f") < at("2026-9-1"));
    CHECK(at("a10") < at("a9"));
    CHECK(at("a9") < at("a"));
    for (const std::string& a : latest_first) {
        CHECK_FALSE(is_later_id(a, a));
        for (const std::string& b : latest_first) CHECK((a == b || is_later_id(a, b) != is_later_id(b, a)));
    }
    CHECK(is_later_id("99999999999999999999999999", "99999999999999999999999998"));
}

TEST_CASE("sort_releases: by installation, or by version") {
    const auto make = [](const char* id, std::int64_t sequence) {
        Generation one;
        one.id = id;
        one.sequence = sequence;
        return one;
    };
    std::vector<Generation> releases{make("2023-03-08_13_14-a-81d8233", 3), make("2023-08-31_08_28-a-9e95155", 1),
                                     make("2023-08-30_08_02-a-e9b167f", 2)};
    sort_releases(releases, ReleaseOrder::time);
    CHECK(releases.front().sequence == 3);
    sort_releases(releases, ReleaseOrder::version);
    CHECK(releases[0].sequence == 1);
    CHECK(releases[1].sequence == 2);
    CHECK(releases[2].sequence == 3);
}

}  // namespace gup
