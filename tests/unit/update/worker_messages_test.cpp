// SPDX-License-Identifier: Apache-2.0
#include "update/worker_messages.hpp"

#include "fixture.hpp"
#include "util/worker/channel.hpp"

using namespace gup;
using namespace gup::test;
using nlohmann::json;

namespace {

ConnectorReport full_report() {
    ConnectorReport report;
    report.name = "meter";
    report.outcome = Outcome::rolled_back;
    report.reason = "it is not healthy: \xFF";
    report.hint = "look";
    report.branch = "main";
    report.from_commit = "aaa";
    report.commit = "bbb";
    report.pins = {{"alpha", "1.0", "0.9"}};
    report.held_back = {{{"broken", "1.0", "", 0}, "not found", 7}};
    QuarantinedRelease release;
    release.release.commit = "bbb";
    release.release.pins = {{"alpha", "1.0", "", 0}};
    release.reason = "unhealthy";
    release.since = 8;
    report.quarantine = {release};
    report.waiting = Waiting{1, 2, "22-6", "Sat"};
    report.actions = {"updated the code"};
    report.restarted = "meter.service";
    report.generation = "gen-2";
    report.waits_for_reboot = true;
    report.unreachable = true;
    return report;
}

}  // namespace

TEST_CASE("a report crosses the channel with everything in it") {
    RunReport run;
    run.connectors = {full_report(), {}};
    run.interrupted = true;
    MessageReader reader;
    reader.add(encode_message(run_message(run)));
    const auto message = reader.next();
    REQUIRE(message.ok());
    const auto back = run_from_message(**message);
    REQUIRE(back.ok());
    CHECK(back->interrupted);
    CHECK(back->connectors == run.connectors);
}

TEST_CASE("a report of a wrong shape is an error, or an empty report") {
    for (const json& wrong :
         {json(), json(5), json("x"), json::array(), json{{"name", 5}}, json{{"actions", "x"}}, json{{"pins", {1}}},
          json{{"held_back", {1}}}, json{{"quarantine", {{{"since", "x"}}}}}, json{{"waiting", {{"since", "x"}}}}}) {
        CAPTURE(wrong.dump());
        CHECK(code_of(report_from_message(wrong)) == ErrorCode::protocol);
        CHECK_FALSE(run_from_message({{"connectors", {wrong}}}).ok());
    }
    const auto odd = report_from_message({{"name", "meter"}, {"outcome", "won"}, {"held_back", 5}, {"generation", 5}});
    REQUIRE(odd.ok());
    CHECK(odd->outcome == Outcome::unchanged);
    CHECK(run_from_message(json(5)).ok());
}

TEST_CASE("a report that would fill the status document is refused") {
    ConnectorReport report = full_report();
    report.reason = std::string(300U << 10U, 'x');
    CHECK(code_of(report_from_message(report_message(report))) == ErrorCode::protocol);
}
