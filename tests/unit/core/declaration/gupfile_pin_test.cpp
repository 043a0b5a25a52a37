// SPDX-License-Identifier: Apache-2.0
#include "core/declaration/gupfile_pin.hpp"

#include <doctest/doctest.h>

#include <string>

namespace gup::detail {
namespace {

PinFields pin_fields(std::string_view name, std::string_view version, std::string_view source, bool legacy) {
    PinFields fields;
    fields.name.text = name;
    fields.version.text = version;
    fields.source.text = source;
    fields.legacy = legacy;
    return fields;
}

}  // namespace

TEST_CASE("shown: at most 60 bytes and a sign for the rest, between two characters") {
    CHECK(shown(std::string(60, 'x')) == std::string(60, 'x'));
    CHECK(shown(std::string(61, 'x')) == std::string(60, 'x') + "…");
    CHECK(shown(std::string(59, 'x') + "ä") == std::string(59, 'x') + "…");
    CHECK(shown(std::string(58, 'x') + "äx") == std::string(58, 'x') + "ä…");
}

TEST_CASE("shown: neither control bytes nor secrets") {
    CHECK(shown("a\x1f"
                "b\x7f"
                "c d~") == "a?b?c d~");
    CHECK(shown("https://bob:word@h/x") == "https://bob:***@h/x");
    CHECK(quoted("a\nb") == "'a?b'");
}

TEST_CASE("pin_text: a pin as it is written in either form") {
    const auto text = [](std::string_view name, std::string_view source, bool legacy) {
        return pin_text(pin_fields(name, "", source, legacy), "1.0");
    };
    CHECK(text("six", "", true) == "six,1.0");
    CHECK(text("", "", true) == "NAME,1.0");
    CHECK(text("six", "git+https://h/x", true) == "six,1.0,git+https://h/x");
    CHECK(text("six", "", false) == "six = \"1.0\"");
    CHECK(text("ruamel.yaml", "", false) == "\"ruamel.yaml\" = \"1.0\"");
    CHECK(text("six", "git+https://h/x", false) == "six = { version = \"1.0\", source = \"git+https://h/x\" }");
}

TEST_CASE("PlaceFinder: a column of characters becomes one of bytes") {
    struct Case {
        int line;
        int column;
        int found_line;
        int found_column;
    };
    const std::string text = "ab\näöc\nd";
    for (const Case& one : {Case{1, 1, 1, 1}, Case{1, 2, 1, 2}, Case{2, 1, 2, 1}, Case{2, 2, 2, 3}, Case{2, 3, 2, 5},
                            Case{3, 1, 3, 1}, Case{3, 9, 3, 2}, Case{0, 0, 1, 1}, Case{9, 1, 9, 1}}) {
        const Place place = PlaceFinder(text).find(one.line, one.column);
        CAPTURE(one.line);
        CAPTURE(one.column);
        CHECK(place.line == one.found_line);
        CHECK(place.column == one.found_column);
    }
}

TEST_CASE("PlaceFinder: places in any order are those of a fresh one") {
    const std::string text = "ab\näöc\nd\n\nlong line";
    PlaceFinder places(text);
    for (int line = 1; line <= 6; ++line) {
        for (const int column : {1, 3, 2, 9}) {
            const Place place = places.find(line, column);
            const Place fresh = PlaceFinder(text).find(line, column);
            CHECK(place.line == fresh.line);
            CHECK(place.column == fresh.column);
            CHECK(places.find(1, 2).column == 2);
        }
    }
}

TEST_CASE("add_error: a hundred problems are reported, and that there are more") {
    Gupfile gupfile;
    for (int i = 0; i < 100; ++i) add_error(gupfile, {i, 1}, "wrong", "hint");
    CHECK(gupfile.problems.back().message == "wrong");
    for (int i = 0; i < 3; ++i) add_error(gupfile, {i, 1}, "wrong", "hint");
    CHECK(gupfile.problems.size() == 101);
    CHECK(gupfile.problems.back().message == "there are more problems");
}

TEST_CASE("add_pin: of all bytes, letters, digits and . _ + ! - may be in a version") {
    constexpr std::string_view allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._+!-";
    for (int byte = 1; byte < 256; ++byte) {
        const std::string version{'1', static_cast<char>(byte), '1'};
        CAPTURE(byte);
        Gupfile gupfile;
        add_pin(gupfile, pin_fields("six", version, "", true));
        CHECK(gupfile.usable() == (allowed.find(static_cast<char>(byte)) != std::string_view::npos));
    }
}

}  // namespace gup::detail
