#include "core/declaration/characters.hpp"

#include <doctest/doctest.h>

namespace gup::detail {

TEST_CASE("trimmed: blanks go at both ends, and stay inside") {
    CHECK(trimmed(" \t a b\r ") == "a b");
    CHECK(trimmed("a") == "a");
    CHECK(trimmed("").empty());
    CHECK(trimmed("  ").empty());
}

TEST_CASE("lower: A to Z alone change") {
    CHECK(lower("AMZamz@[`{09") == "amzamz@[`{09");
    CHECK(lower("\xC3\x84") == "\xC3\x84");
}

}  // namespace gup::detail
