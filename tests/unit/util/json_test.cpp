#include "util/json.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <string>

namespace gup {

TEST_CASE("parse_json: thirty-two levels are read, one more is an error") {
    const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
    CHECK(parse_json(nested(deepest_json)).ok());
    const auto refused = parse_json(nested(deepest_json + 1));
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().message == "it is nested deeper than 32 levels");
    CHECK_FALSE(parse_json(std::string(400'000, '[')).ok());
    std::string objects;
    for (int i = 0; i < 40; ++i) objects += R"({"a":)";
    CHECK_FALSE(parse_json(objects).ok());
}

TEST_CASE("parse_json: brackets in texts and beside each other are not levels") {
    CHECK(parse_json("[\"" + std::string(100, '[') + "\"]").ok());
    CHECK(parse_json(R"(["\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["])").ok());
    std::string wide = "[";
    for (int i = 0; i < 100; ++i) wide += "[],";
    CHECK(parse_json(wide + "{}]").ok());
}

TEST_CASE("parse_json: what is no JSON, and what is too long, is an error") {
    for (const char* text : {"", "{", "]", "[1", "nul", "{\"a\":1}}", "\"\xFF\""}) {
        CAPTURE(text);
        CHECK_FALSE(parse_json(text).ok());
    }
    CHECK(parse_json("[1]", 3).ok());
    CHECK_FALSE(parse_json("[1 ]", 3).ok());
}

TEST_CASE("array_member, text_member: other types are as good as nothing") {
    const auto document = parse_json(R"({"a": [1], "t": "text", "n": 5})").value();
    CHECK(array_member(document, "a").size() == 1);
    CHECK(&array_member(document, "a") == &document["a"]);
    CHECK(array_member(document, "t").empty());
    CHECK(array_member(document, "missing").empty());
    CHECK(array_member(parse_json("5").value(), "a").empty());
    CHECK(text_member(document, "t") == "text");
    CHECK(text_member(document, "n").empty());
    CHECK(text_member(parse_json("[]").value(), "t").empty());
}

}  // namespace gup
