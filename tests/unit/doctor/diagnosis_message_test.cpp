// SPDX-License-Identifier: Apache-2.0
#include "doctor/diagnosis_message.hpp"

#include "fixture.hpp"

using namespace gup;
using namespace gup::test;
using nlohmann::json;

namespace {

ConnectorDiagnosis found_something() {
    ConnectorDiagnosis found;
    found.diagnosis.find({"virtualenv", "meter", "it is broken \xFF", "nothing is installed", "make it again"});
    found.diagnosis.note("a note");
    found.diagnosis.checks = 3;
    found.survey.http_servers = {"https://a:443/", "https://b:443/"};
    found.survey.any_https = true;
    found.survey.all_https_answered = false;
    UpdateWindow window;
    REQUIRE(set_hours(window, "22:00-06:00").ok());
    found.survey.windows.emplace("meter", window);
    found.survey.needs = {{"/srv", "repositories", 5'000'000'000, 7}};
    found.answers = {{"meter", "a", std::nullopt}, {"pump", "b", Error{ErrorCode::unreachable, "no route", "wait"}}};
    return found;
}

}  // namespace

TEST_CASE("what doctor finds in a worker crosses the channel with everything in it") {
    const ConnectorDiagnosis found = found_something();
    ConnectorDiagnosis all;
    add_from_message(diagnosis_message(found), all);
    CHECK(all.diagnosis.findings == found.diagnosis.findings);
    CHECK(all.diagnosis.notes == found.diagnosis.notes);
    CHECK(all.diagnosis.checks == 3);
    CHECK(all.survey.http_servers == found.survey.http_servers);
    CHECK(all.survey.any_https);
    CHECK_FALSE(all.survey.all_https_answered);
    REQUIRE(all.survey.windows.contains("meter"));
    CHECK(all.survey.windows.at("meter") == found.survey.windows.at("meter"));
    REQUIRE(all.survey.needs.size() == 1);
    CHECK(all.survey.needs.front().place == "/srv");
    CHECK(all.survey.needs.front().bytes == 5'000'000'000);
    REQUIRE(all.answers.size() == 2);
    CHECK_FALSE(all.answers[0].error);
    REQUIRE(all.answers[1].error);
    CHECK(all.answers[1].error->code == ErrorCode::unreachable);

    add_from_message(diagnosis_message(found), all);
    CHECK(all.survey.http_servers.size() == 2);
    CHECK(all.diagnosis.checks == 6);
}

TEST_CASE("a diagnosis of a wrong shape adds nothing that is not there") {
    for (const json& wrong :
         {json(), json(5), json("x"), json::array(), json{{"findings", 5}, {"notes", {1}}, {"checks", "x"}},
          json{{"survey", {{"windows", {1, 2}}, {"needs", "x"}}}, {"answers", "x"}, {"checks", INT64_MIN}},
          json{{"survey", {{"windows", "x"}}}}}) {
        ConnectorDiagnosis all;
        add_from_message(wrong, all);
        CHECK(all.diagnosis.findings.empty());
        CHECK(all.diagnosis.notes.empty());
        CHECK(all.diagnosis.checks == 0);
        CHECK(all.answers.empty());
    }
    ConnectorDiagnosis all;
    add_from_message({{"checks", INT64_MAX}, {"survey", {{"windows", {{"meter", {{"hours", "99"}}}}}}}}, all);
    CHECK(all.diagnosis.checks <= 1'000'000);
    CHECK(all.survey.windows.empty());
}
