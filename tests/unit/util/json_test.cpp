// SPDX-License-Identifier: Apache-2.0
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

// Found by fuzzing the status document: value("schema", 0) of such a number is undefined.
TEST_CASE("parse_json: a number that no integer can have is an error") {
    for (const char* text : {"21111111111111111111111111111111111111111", R"({"a": [{"b": 1e300}]})", "-9.3e18", "1e19",
                             "18446744073709551616", "[-9223372036854775809000]"}) {
        CAPTURE(text);
        const auto refused = parse_json(text);
        REQUIRE_FALSE(refused.ok());
        CHECK(refused.error().message == "a number in it is larger than 9.2e18");
    }
    for (const char* text : {"18446744073709551615", "-9223372036854775808", "1.5", "9.1e18", "1e-300", R"("1e300")"}) {
        CAPTURE(text);
        CHECK(parse_json(text).ok());
    }
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

TEST_CASE("the members of a value are of the wanted kind, or nothing") {
    const nlohmann::json value{{"text", "x"},    {"number", -3}, {"large", UINT64_MAX},
                               {"half", 1.5},    {"flag", true}, {"texts", {"a", 1, "b", nullptr}},
                               {"none", nullptr}};
    CHECK(text_member(value, "text") == "x");
    CHECK(text_member(value, "number").empty());
    CHECK(text_member(value, "missing").empty());
    CHECK(number_member(value, "number") == -3);
    CHECK(number_member(value, "half") == 0);
    CHECK(number_member(value, "text") == 0);
    CHECK(flag_member(value, "flag"));
    CHECK_FALSE(flag_member(value, "number"));
    CHECK(text_members(value, "texts") == std::vector<std::string>{"a", "b"});
    CHECK(text_members(value, "text").empty());
    CHECK(member_of(value, "none").is_null());
    CHECK(member_of(value, "missing").is_null());
    CHECK(array_member(value, "texts").size() == 4);
    for (const nlohmann::json& other :
         {nlohmann::json(), nlohmann::json(5), nlohmann::json("x"), nlohmann::json{1, 2}}) {
        CHECK(text_member(other, "text").empty());
        CHECK(number_member(other, "text") == 0);
        CHECK_FALSE(flag_member(other, "text"));
        CHECK(text_members(other, "text").empty());
        CHECK(member_of(other, "text").is_null());
    }
}

}  // namespace gup
