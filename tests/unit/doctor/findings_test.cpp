// SPDX-License-Identifier: Apache-2.0
#include "doctor/findings.hpp"

#include <doctest/doctest.h>

namespace gup {

TEST_CASE("span_text: seconds, minutes, hours or days, in the usual unit") {
    struct Case {
        std::int64_t seconds;
        const char* text;
    };
    for (const Case& one : {Case{0, "0 s"}, Case{-1, "1 s"}, Case{119, "119 s"}, Case{120, "2 min"},
                            Case{-120, "2 min"}, Case{3599, "59 min"}, Case{3600, "1 h 0 min"}, Case{3661, "1 h 1 min"},
                            Case{172'799, "47 h 59 min"}, Case{172'800, "2 days"}, Case{259'199, "2 days"}}) {
        CHECK(span_text(one.seconds) == one.text);
    }
}

TEST_CASE("size_text: MiB from the first one on") {
    CHECK(size_text(0) == "0 KiB");
    CHECK(size_text((1U << 20U) - 1) == "1023 KiB");
    CHECK(size_text(1U << 20U) == "1 MiB");
    CHECK(size_text(3U << 20U) == "3 MiB");
}

TEST_CASE("list_text: long lists are cut") {
    CHECK(list_text({}).empty());
    CHECK(list_text({"a"}) == "a");
    CHECK(list_text({"a", "b", "c"}) == "a, b and c");
    CHECK(list_text({"a", "b", "c", "d", "e", "f"}) == "a, b, c, d, e and f");
    CHECK(list_text({"a", "b", "c", "d", "e", "f", "g"}) == "a, b, c, d, e and 2 more");
}

}  // namespace gup
