// SPDX-License-Identifier: Apache-2.0
#include "core/declaration/unit_name.hpp"

#include <doctest/doctest.h>

using gup::unit_name;
using gup::unit_name_hint;

TEST_CASE("unit_name: a name without a unit's suffix is a service") {
    CHECK(unit_name("smart-meter") == "smart-meter.service");
    CHECK(unit_name("smart-meter.service") == "smart-meter.service");
    CHECK(unit_name("smart.meter") == "smart.meter.service");
    CHECK(unit_name("meter@usb0") == "meter@usb0.service");
    CHECK(unit_name("poll.timer") == "poll.timer");
    CHECK(unit_name("dev\\x2dttyUSB0.service") == "dev\\x2dttyUSB0.service");
}

TEST_CASE("unit_name: patterns, options, paths and templates without an instance are not units") {
    for (const char* text : {"", ".service", "*", "meter*.service", "[ab]", "--now", "-x.service", "a b", "a/b", "../x",
                             "meter@.service", "@1.service", "meter\n", "m\xc3\xa4ter"}) {
        CHECK_MESSAGE(unit_name(text) == std::nullopt, text);
    }
    CHECK(unit_name(std::string(247, 'a')).has_value());
    CHECK_FALSE(unit_name(std::string(248, 'a')).has_value());
}

TEST_CASE("unit_name: every kind of unit that a connector may have keeps its suffix") {
    for (const char* text : {"a.service", "a.socket", "a.timer", "a.path", "a.target"}) CHECK(unit_name(text) == text);
    CHECK(unit_name("a.mount") == "a.mount.service");
    CHECK(unit_name(std::string(249, 'a') + ".timer").has_value());
    CHECK_FALSE(unit_name(std::string(250, 'a') + ".timer").has_value());
}

TEST_CASE("unit_name_hint: a template needs an instance") {
    CHECK(unit_name_hint("job@.service") ==
          "write service = \"smart-meter.service\"; a template needs an instance: job@INSTANCE.service");
    CHECK(unit_name_hint("job@") ==
          "write service = \"smart-meter.service\"; a template needs an instance: job@INSTANCE.service");
    for (const char* text : {"", "@", "@.service", "a b", "-x"}) {
        CHECK(unit_name_hint(text) == "write service = \"smart-meter.service\"");
    }
}
