// SPDX-License-Identifier: Apache-2.0
#include "update/supervise/check_report.hpp"

#include "fixture.hpp"
#include "util/json.hpp"

using namespace gup;
using namespace gup::test;
using nlohmann::json;

TEST_CASE("what check says of a connector crosses the channel with everything in it") {
    CheckReport report = failed_check("meter", {ErrorCode::unreachable, "no route", "wait"});
    report.has_steps = true;
    report.is_skipped = true;
    const CheckReport back = check_from_message(check_message(report));
    CHECK(back.name == "meter");
    CHECK(back.document == report.document);
    CHECK(text_member(back.document, "error") == "no route");
    REQUIRE(back.lines.size() == report.lines.size());
    CHECK(back.lines.front().subject == "meter");
    CHECK(back.lines.front().text == "no route");
    CHECK(back.lines.front().hint == "wait");
    CHECK(back.has_steps);
    CHECK(back.is_failed);
    CHECK(back.is_unreachable);
    CHECK(back.is_skipped);
}

TEST_CASE("a worker's check of a wrong shape is one of nothing, and never another connector's") {
    for (const json& wrong : {json(), json(5), json("x"), json::array(), json{{"name", 5}, {"document", 7}},
                              json{{"lines", {1, "x", nullptr}}, {"document", {{"name", "another"}}}}}) {
        const CheckReport report = check_from_message(wrong);
        CHECK(report.name.empty());
        CHECK(report.document.is_object());
        CHECK(text_member(report.document, "name").empty());
        CHECK_FALSE(report.is_failed);
    }
    CHECK(text_member(check_from_message({{"name", "meter"}, {"document", {{"name", "pump"}}}}).document, "name") ==
          "meter");
}
