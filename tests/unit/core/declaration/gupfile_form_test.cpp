// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <string>

#include "core/declaration/gupfile.hpp"

using namespace gup;

TEST_CASE("parse_gupfile: what RFC 3629 calls UTF-8 is text, and nothing else") {
    const auto is_text = [](const std::string& bytes) { return parse_gupfile("# " + bytes + "\nsix,1.0\n").usable(); };
    for (const char* text :
         {"\x7F", "\xC2\x80", "\xDF\xBF", "\xE0\xA0\x80", "\xE0\xBF\xBF", "\xE1\x80\x80", "\xE2\x82\xAC",
          "\xEC\xBF\xBF", "\xED\x80\x80", "\xED\x9F\xBF", "\xEE\x80\x80", "\xEF\xBF\xBF", "\xF0\x90\x80\x80",
          "\xF0\xBF\xBF\xBF", "\xF1\x80\x80\x80", "\xF3\xBF\xBF\xBF", "\xF4\x80\x80\x80", "\xF4\x8F\xBF\xBF"}) {
        CAPTURE(text);
        CHECK(is_text(text));
    }
    for (const char* bytes : {"\x80",
                              "\xBF",
                              "\xC0\x80",
                              "\xC1\xBF",
                              "\xC2",
                              "\xC2\x7F",
                              "\xC2\xC0",
                              "\xE0\x80\x80",
                              "\xE0\x9F\xBF",
                              "\xE1\x80",
                              "\xE1\x80\x7F",
                              "\xE1\x7F\x80",
                              "\xED\xA0\x80",
                              "\xED\xBF\xBF",
                              "\xF0\x80\x80\x80",
                              "\xF0\x8F\xBF\xBF",
                              "\xF1\x80\x80",
                              "\xF1\x80\x80\xC0",
                              "\xF4\x90\x80\x80",
                              "\xF5\x80\x80\x80",
                              "\xFF"}) {
        CAPTURE(bytes);
        CHECK_FALSE(is_text(bytes));
    }
}

TEST_CASE("parse_gupfile: the first line that says something decides the form") {
    // Only the legacy form knows the second line as a pin.
    const auto is_legacy = [](const std::string& first) {
        const Gupfile gupfile = parse_gupfile(first + "\nsecond,1.0\n");
        return !gupfile.pins.empty() && gupfile.pins.back().name == "second";
    };
    for (const char* toml : {"[connector]", " [health]", "# pins\n\n[dependencies]", "six = \"1.0\"", "six='1.0'",
                             "six = {version = \"1\"}", "persist = [\"data\"]", "\"ruamel.yaml\" = \"1\"",
                             "'six' = \"1\"", "a . b\t= \"1\"", "health.within = 60", "update.at-most = 60",
                             "connector.x = 1", "hooks.x = true", "dependencies.six = 1", "health = 1"}) {
        CAPTURE(toml);
        CHECK_FALSE(is_legacy(toml));
    }
    for (const char* legacy :
         {"six,1.0", "# six = \"1\"\nsix,1.0", "six = 1.0", "six==1.0", "six ==\"1.0\"", "six,1=2", "six,x = \"1\"",
          "= \"1\"", "si/x = \"1\"", "si(x = \"1\"", "healthy.within = 60", "six =", "", "six"}) {
        CAPTURE(legacy);
        CHECK(is_legacy(legacy));
    }
}
