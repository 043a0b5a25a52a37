// SPDX-License-Identifier: Apache-2.0
#include "core/report.hpp"

#include <doctest/doctest.h>

using namespace gup;

static const Requirement pin{"Client_Lib", "5.0.0", "git+https://user:secret@example.org/lib.git", 3};

TEST_CASE("holds_back: the same pin with any line and secrets") {
    const HeldPin held{{"client-lib", "5.0.0", "git+https://user:***@example.org/lib.git", 0}, "no such tag", 0};
    CHECK(holds_back(held, pin));
}

TEST_CASE("holds_back: another version or source is another pin") {
    Requirement other = pin;
    other.version = "5.0.1";
    CHECK_FALSE(holds_back({pin, "no such tag", 0}, other));
    other = pin;
    other.source = "git+https://example.org/fork.git";
    CHECK_FALSE(holds_back({pin, "no such tag", 0}, other));
}

TEST_CASE("in_force: a held pin is tried again after seven days") {
    const std::vector<HeldPin> held{{pin, "no such tag", 1'000'000}};
    CHECK(in_force(held, 1'000'000 + held_pin_patience - 1).size() == 1);
    CHECK(in_force(held, 1'000'000 + held_pin_patience).empty());
    CHECK(in_force(held, 5).size() == 1);
}
