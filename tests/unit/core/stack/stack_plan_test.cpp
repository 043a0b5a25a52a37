// SPDX-License-Identifier: Apache-2.0
#include "core/stack/stack_plan.hpp"

#include <doctest/doctest.h>

namespace gup {
namespace {

StackUnit unit_of(const std::string& name, const std::string& stack, const std::string& content) {
    StackUnit unit;
    unit.name = name + ".service";
    unit.file = name + ".container";
    unit.stack = stack;
    unit.service = name;
    unit.image = "docker.io/library/" + name + ":1";
    unit.digest = "sha256:aa";
    unit.content = content;
    return unit;
}

StackRecord two_stacks() {
    StackRecord record;
    record.key = "k1";
    record.units = {unit_of("db", "db", "1"), unit_of("web", "gw", "1"), unit_of("worker", "gw", "1")};
    record.stacks["db"] = {{{"services/db/compose.yaml", "d1"}}, {}};
    record.stacks["gw"] = {{{"services/gw/compose.yaml", "g1"}, {"services/gw/conf", "c1"}}, {{"TAG", "t1"}}};
    for (const StackUnit& unit : record.units) record.images[unit.image] = unit.digest;
    return record;
}

struct PlanCase {
    const char* what;
    void (*change)(StackRecord& next);
    std::vector<std::string> restart;
    std::vector<std::string> stop;
    const char* shown;
};

const std::vector<PlanCase> plan_cases{
    {"nothing", [](StackRecord&) {}, {}, {}, ""},
    {"only the key", [](StackRecord& next) { next.key = "k2"; }, {}, {}, ""},
    {"a comment of a compose file",
     [](StackRecord& next) { next.stacks["gw"].files["services/gw/compose.yaml"] = "g2"; },
     {},
     {},
     "gw (services/gw/compose.yaml)"},
    {"one compose service",
     [](StackRecord& next) {
         next.stacks["gw"].files["services/gw/compose.yaml"] = "g2";
         next.units[1].content = "2";
     },
     {"web.service"},
     {},
     "gw (services/gw/compose.yaml)"},
    {"a mounted file",
     [](StackRecord& next) {
         next.stacks["gw"].files["services/gw/conf"] = "c2";
         next.units[2].content = "2";
     },
     {"worker.service"},
     {},
     "gw (services/gw/conf)"},
    {"a variable",
     [](StackRecord& next) {
         next.stacks["gw"].variables["TAG"] = "t2";
         next.units[1].content = "2";
     },
     {"web.service"},
     {},
     "gw (variable TAG)"},
    {"an image",
     [](StackRecord& next) {
         next.units[0].digest = "sha256:bb";
         next.units[0].content = "2";
     },
     {"db.service"},
     {},
     "db (image docker.io/library/db:1)"},
    {"another podman", [](StackRecord& next) { next.units[0].content = "2"; }, {"db.service"}, {}, "db (db.container)"},
    {"a removed stack",
     [](StackRecord& next) {
         next.units.erase(next.units.begin());
         next.stacks.erase("db");
     },
     {},
     {"db.service"},
     "db (removed)"},
    {"a removed compose service",
     [](StackRecord& next) {
         next.units.pop_back();
         next.stacks["gw"].files["services/gw/compose.yaml"] = "g2";
     },
     {},
     {"worker.service"},
     "gw (services/gw/compose.yaml)"},
    {"a new stack",
     [](StackRecord& next) {
         next.units.push_back(unit_of("zigbee", "zb", "1"));
         next.stacks["zb"] = {};
     },
     {"zigbee.service"},
     {},
     "zb (new)"},
};

}  // namespace

TEST_CASE("plan_stacks: what changed is restarted, and nothing else") {
    for (const PlanCase& one : plan_cases) {
        CAPTURE(one.what);
        StackRecord next = two_stacks();
        one.change(next);
        const StackPlan plan = plan_stacks(two_stacks(), next);
        CHECK(plan.restart == one.restart);
        CHECK(plan.stop == one.stop);
        CHECK(display(plan) == one.shown);
        CHECK(plan.empty() == std::string(one.shown).empty());
    }
}

TEST_CASE("plan_stacks: the first deployment starts all, and the end stops all") {
    const StackRecord all = two_stacks();
    CHECK(plan_stacks({}, all).restart == std::vector<std::string>{"db.service", "web.service", "worker.service"});
    CHECK(plan_stacks(all, {}).stop == std::vector<std::string>{"db.service", "web.service", "worker.service"});
    CHECK(display(plan_stacks(all, {})) == "db (removed), gw (removed)");
}

TEST_CASE("plan_stacks: only an explicit network that changed is made again") {
    StackRecord before = two_stacks();
    before.networks = {{"gw-lan.network", "lan", true, "1"}, {"gw-default.network", "gw_default-1", false, "1"}};
    StackRecord next = before;
    CHECK(plan_stacks(before, next).networks.empty());
    next.networks[0].content = "2";
    next.networks[1] = {"gw-default.network", "gw_default-2", false, "2"};
    CHECK(plan_stacks(before, next).networks == std::vector<std::string>{"lan"});
    CHECK(plan_stacks({}, next).networks.empty());
}

}  // namespace gup
