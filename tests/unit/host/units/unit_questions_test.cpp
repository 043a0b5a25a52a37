// SPDX-License-Identifier: Apache-2.0
#include "host/units/unit_questions.hpp"

#include <unistd.h>

#include <nlohmann/json.hpp>

#include "fixture.hpp"
#include "systemd_fixture.hpp"
#include "util/worker/supervisor.hpp"

using namespace gup;
using namespace gup::test;
using nlohmann::json;

namespace {

UnitRights rights_of(const FakeSystemd& fake) {
    return {owner_with(::geteuid()), {"meter"}, fake.systemd()};
}

json question(const std::string& act, const std::string& unit, const std::string& connector) {
    return {{"act", act}, {"claims", {{{"unit", unit}, {"connector", connector}}}}};
}

}  // namespace

TEST_CASE("a worker's question about another worker's connector is refused") {
    const FakeSystemd fake;
    fake.unit("meter.service", "User=root\n");
    for (const char* act : {"check", "restart", "queue", "words"}) {
        CAPTURE(act);
        for (const char* connector : {"pump", "", "meter\n"}) {
            const auto answer = answer_unit_question(rights_of(fake), question(act, "meter.service", connector));
            CHECK(code_of(answer) == ErrorCode::permission);
        }
    }
    CHECK(fake.calls().empty());
}

TEST_CASE("a question that nobody knows, or about nothing, is an error") {
    const FakeSystemd fake;
    fake.unit("meter.service", "User=root\n");
    CHECK_FALSE(answer_unit_question(rights_of(fake), question("erase", "meter.service", "meter")).ok());
    for (const json& wrong : {json(), json("x"), json{{"act", "restart"}}, json{{"act", "restart"}, {"claims", 5}},
                              json{{"act", "restart"}, {"claims", json::array()}}, json{{"act", 7}}}) {
        CHECK_FALSE(answer_unit_question(rights_of(fake), wrong).ok());
    }
    CHECK_FALSE(answer_unit_question(rights_of(fake), question("check", "--force", "meter")).ok());
    CHECK_FALSE(answer_unit_question(rights_of(fake), question("check", "", "meter")).ok());
    CHECK_FALSE(holds(fake.calls(), "restart"));
}

TEST_CASE("a worker asks about units as the agent does") {
    FakeSystemd fake;
    fake.unit("meter.service", "User=root\n");
    Supervisor supervisor;
    supervisor.handle("units",
                      [&](const WorkerTask&, const json& with) { return answer_unit_question(rights_of(fake), with); });
    json told;
    WorkerTask task;
    task.run = [&]() -> Result<json> {
        GUP_TRY(const auto states, unit_states({"meter.service"}, fake.systemd()));
        const UnitClaim mine{"meter.service", "meter", {}};
        const UnitClaim other{"meter.service", "pump", {}};
        return json{{"name", states.front().name},
                    {"active", states.front().active},
                    {"mine", check_unit(mine, fake.systemd()).ok()},
                    {"other", check_unit(other, fake.systemd()).ok()},
                    {"restarts", restart_units({mine}, fake.systemd()).front().has_value()}};
    };
    task.on_end = [&](const WorkerTask&, const Result<json>& result) {
        REQUIRE(result.ok());
        told = *result;
    };
    supervisor.start(std::move(task));
    supervisor.run();
    CHECK(text_member(told, "name") == "meter.service");
    CHECK(text_member(told, "active") == "active");
    CHECK(flag_member(told, "mine"));
    CHECK_FALSE(flag_member(told, "other"));
}
