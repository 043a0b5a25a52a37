// SPDX-License-Identifier: Apache-2.0
#include "util/yaml/events.hpp"

#include <doctest/doctest.h>

#include <string>
#include <variant>

using namespace gup::yaml;

namespace {

// "scalar@1:4=text &anchor !tag" for each event, until the end or an error.
std::string events_of(std::string_view text) {
    static constexpr const char* names[] = {"scalar", "alias", "[", "]", "{", "}", "document", "end", "stream"};
    Parser parser(text);
    std::string out;
    for (;;) {
        const auto next = parser.next();
        if (const auto* const error = std::get_if<SyntaxError>(&next)) {
            return out + "error@" + std::to_string(error->line) + ":" + std::to_string(error->column) + " " +
                   error->message;
        }
        const auto& event = std::get<Event>(next);
        if (event.kind == EventKind::end_of_stream) return out;
        if (event.kind == EventKind::begin_document || event.kind == EventKind::end_document) continue;
        out += names[static_cast<int>(event.kind)];
        if (event.kind == EventKind::end_sequence || event.kind == EventKind::end_mapping) continue;
        out += "@" + std::to_string(event.line) + ":" + std::to_string(event.column);
        if (event.kind == EventKind::scalar) out += "=" + event.value;
        if (!event.anchor.empty()) out += " &" + event.anchor;
        if (!event.tag.empty()) out += " " + event.tag;
        out += ";";
    }
}

}  // namespace

TEST_CASE("yaml events: scalars, lists and mappings with their places") {
    CHECK(events_of("") == "");
    CHECK(events_of("a: 1\nb:\n  - x\n  - 'y'\n") ==
          "{@1:1;scalar@1:1=a;scalar@1:4=1;scalar@2:1=b;[@3:3;scalar@3:5=x;scalar@4:5=y;]}");
    CHECK(events_of("a: &x {b: !t c}\nd: *x\n") ==
          "{@1:1;scalar@1:1=a;{@1:4 &x;scalar@1:8=b;scalar@1:11=c !t;}scalar@2:1=d;alias@2:4 &x;}");
    CHECK(events_of("a: !reset null\r\nb: |\r\n  text\r\n") ==
          "{@1:1;scalar@1:1=a;scalar@1:4=null !reset;scalar@2:1=b;scalar@2:4=text\n;}");
}

TEST_CASE("yaml events: columns are bytes, also behind letters of more than one byte") {
    CHECK(events_of("ä: ö\nb: [é, z]\n") ==
          "{@1:1;scalar@1:1=ä;scalar@1:5=ö;scalar@2:1=b;[@2:4;scalar@2:5=é;scalar@2:9=z;]}");
}

TEST_CASE("yaml events: the place of a syntax error") {
    const std::pair<const char*, const char*> table[] = {
        {"a: 1\n\tb: 2\n", "error@2:1 a tab cannot be used to indent"},
        {"a: b: c\n", "error@1:5 a ':' is not allowed here"},
        {"a: \"x\nb: 1\n", "error@1:4 the file ends inside of a quoted text"},
        {"a: [1, 2\nb: 3\n", "error@2:2"},
        {"a:\n  - 1\n b: 2\n", "error@3:2"},
        {"a: @x\n", "error@1:4 a value cannot begin with this character"},
        {"a: `x`\n", "error@1:4 a value cannot begin with this character"},
        {"a: b\x01\n", "error@1:5 a control character is not allowed"},
    };
    for (const auto& [text, wanted] : table) {
        CAPTURE(text);
        const std::string events = events_of(text);
        CHECK_MESSAGE(events.find(wanted) != std::string::npos, events);
    }
}

TEST_CASE("yaml events: a scalar is verbatim if each of its bytes is in the file") {
    const std::pair<const char*, bool> table[] = {{"abc", true},        {"'abc'", true},    {"\"abc\"", true},
                                                  {"\"a\\tc\"", false}, {"'it''s'", false}, {"|\n abc\n", false},
                                                  {"a\n b", false},     {"é", true}};
    for (const auto& [text, wanted] : table) {
        CAPTURE(text);
        Parser parser(text);
        (void)parser.next();
        const auto event = parser.next();
        REQUIRE(std::holds_alternative<Event>(event));
        CHECK(std::get<Event>(event).is_verbatim == wanted);
    }
}
