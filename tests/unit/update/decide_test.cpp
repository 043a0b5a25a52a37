// SPDX-License-Identifier: Apache-2.0
#include "update/decide.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <string>
#include <vector>

#include "core/short_id.hpp"
#include "fixture.hpp"
#include "plan_fixture.hpp"

namespace gup {
namespace {

using test::holds;

// The arguments of decide(). At first the connector's code and pins are up to date.
struct Night {
    Observation observation;
    Fetched fetched;
    History history;
    Policy policy;

    Night() {
        observation.connector = {"meter", "/srv/meter"};
        observation.code = ready_code();
        observation.gupfile = pinned({paho});
        observation.virtualenv = virtualenv({installed("paho-mqtt", "1.3.1")});
        observation.upstream.latest = Revision{here, "main"};
        observation.upstream.is_current = true;
        fetched.target = target(Relation::same, here);
    }

    [[nodiscard]] Decision decide() const { return gup::decide(observation, fetched, history, policy); }

    void upstream_is(Relation relation) {
        observation.upstream.latest = Revision{there, "main"};
        observation.upstream.is_current = false;
        fetched.target = target(relation);
    }
    void gupfile_becomes(const std::string& text) { fetched.gupfile = parse_gupfile(text); }
    void quarantine(const std::string& commit, const std::vector<Requirement>& pins, const std::string& reason = "x") {
        history.quarantine.push_back(make_quarantined({commit, pins}, reason, 1));
    }
    void hold_back(const Requirement& pin) { history.held_back.push_back({pin, "no such version", 1}); }
    void wait() { fetched.deferred = Deferral{Outcome::deferred, "its window is 02:00-04:00", "wait", {1, 2, {}, {}}}; }
    void becomes_declared(const std::string& source) {
        DeclaredConnector declared;
        declared.name = "meter";
        declared.source = parse_source(source).value();
        observation.connector.declared = declared;
        observation.code = {};
        observation.code.source = display(declared.source);
        observation.code.commit = here;
        observation.release = "r1";
        observation.layout = Layout::releases;
    }
};

// The steps of a plan, one word each.
std::string steps_of(const Decision& decision) {
    struct Word {
        std::string operator()(const FastForward& step) const { return "forward:" + short_id(step.to); }
        std::string operator()(const DeployRevision& step) const { return "deploy:" + short_id(step.to); }
        std::string operator()(const UpdateSubmodules&) const { return "submodules"; }
        std::string operator()(const UpdateStacks&) const { return "stacks"; }
        std::string operator()(const CreateVirtualenv&) const { return "create"; }
        std::string operator()(const RestoreFolder&) const { return "restore"; }
        std::string operator()(const RemovePackages&) const { return "remove"; }
        std::string operator()(const InstallPins& step) const { return "install:" + std::to_string(step.pins.size()); }
    };
    std::string words;
    for (const Step& step : decision.plan.steps) words += (words.empty() ? "" : " ") + std::visit(Word{}, step);
    return words;
}

struct Row {
    const char* name;
    std::function<void(Night&)> change;
    std::string steps;
    std::string code_blocked;  // a part of it; empty: not blocked
    std::string pins_blocked;
};

void check_rows(const std::vector<Row>& rows) {
    for (const Row& row : rows) {
        CAPTURE(row.name);
        Night night;
        row.change(night);
        const Decision decision = night.decide();
        CHECK(steps_of(decision) == row.steps);
        CHECK(decision.plan.code_blocked.empty() == row.code_blocked.empty());
        CHECK_MESSAGE(holds(decision.plan.code_blocked, row.code_blocked), decision.plan.code_blocked);
        CHECK(decision.plan.pins_blocked.empty() == row.pins_blocked.empty());
        CHECK_MESSAGE(holds(decision.plan.pins_blocked, row.pins_blocked), decision.plan.pins_blocked);
    }
}

constexpr const char* other_paho = "paho-mqtt,1.6.1\n";

}  // namespace

TEST_CASE("decide: the position of the upstream decides about the code") {
    check_rows({
        {"the same", [](Night&) {}, "", "", ""},
        {"behind", [](Night& n) { n.upstream_is(Relation::behind); }, "forward:e9b167f", "", ""},
        {"ahead", [](Night& n) { n.upstream_is(Relation::ahead); }, "", "", ""},
        {"diverged", [](Night& n) { n.upstream_is(Relation::diverged); }, "", "local commit 1a2b3c4 is not on", ""},
        {"rewound", [](Night& n) { n.upstream_is(Relation::rewound); }, "", "was rewound or rewritten", ""},
        {"unknown", [](Night& n) { n.upstream_is(Relation::unknown); }, "", "", ""},
        {"not asked", [](Night& n) { n.observation.upstream = {}, n.fetched = {}; }, "", "", ""},
        {"a conflict", [](Night& n) { n.upstream_is(Relation::behind), n.fetched.target.conflicts = {"main.py"}; }, "",
         "local changes would be lost: main.py", ""},
        {"a merge is under way",
         [](Night& n) {
             n.upstream_is(Relation::behind);
             n.observation.code.condition = CodeCondition::operation_pending;
             n.observation.code.detail = "a merge is under way";
         },
         "", "unfinished operation", ""},
        {"submodules differ", [](Night& n) { n.observation.code.submodules_differ = true; }, "submodules", "", ""},
        {"submodules come with the code",
         [](Night& n) { n.upstream_is(Relation::behind), n.observation.code.submodules_differ = true; },
         "forward:e9b167f", "", ""},
    });
}

TEST_CASE("decide: the gupfile of the target commit decides about the pins") {
    check_rows({
        {"the same gupfile", [](Night& n) { n.upstream_is(Relation::behind); }, "forward:e9b167f", "", ""},
        {"a new pin", [](Night& n) { n.upstream_is(Relation::behind), n.gupfile_becomes(other_paho); },
         "forward:e9b167f install:1", "", ""},
        {"no pins any more", [](Night& n) { n.upstream_is(Relation::behind), n.gupfile_becomes(""); },
         "forward:e9b167f", "", ""},
        {"the new one is not usable",
         [](Night& n) { n.upstream_is(Relation::behind), n.gupfile_becomes("paho-mqtt\n"); }, "forward:e9b167f", "",
         "gupfile:1"},
        {"a conflict keeps the old one",
         [](Night& n) {
             n.upstream_is(Relation::behind), n.gupfile_becomes(other_paho);
             n.fetched.target.conflicts = {"gupfile"};
         },
         "", "would be lost", ""},
        {"only pins",
         [](Night& n) {
             n.observation.gupfile = pinned({paho, library});
         },
         "install:1", "", ""},
        {"the gupfile here is not usable", [](Night& n) { n.observation.gupfile = parse_gupfile("paho-mqtt\n"); }, "",
         "", "gupfile:1"},
        {"pins go on while the upstream diverged",
         [](Night& n) { n.upstream_is(Relation::diverged), n.observation.virtualenv = virtualenv({}); }, "install:1",
         "is not on", ""},
    });
}

TEST_CASE("decide: a virtualenv is created only if the operator wants it, or for a declared connector") {
    check_rows({
        {"none", [](Night& n) { n.observation.virtualenv = {}; }, "", "", "has no virtualenv"},
        {"none, and create_venv", [](Night& n) { n.observation.virtualenv = {}, n.policy.create_virtualenv = true; },
         "create install:1", "", ""},
        {"none, of a declared connector",
         [](Night& n) { n.becomes_declared("https://h/app.zip"), n.observation.virtualenv = {}; }, "create install:1",
         "", ""},
        {"a broken one",
         [](Night& n) {
             n.observation.virtualenv = virtualenv({});
             n.observation.virtualenv.defect = "the interpreter is gone";
         },
         "", "", "cannot be used"},
        {"no pins", [](Night& n) { n.observation.gupfile = {}, n.observation.virtualenv = {}; }, "", "", ""},
    });
}

TEST_CASE("decide: another revision of a source is deployed, in any relation to the running one") {
    check_rows({
        {"a new archive", [](Night& n) { n.becomes_declared("https://h/app.zip"), n.upstream_is(Relation::replaced); },
         "deploy:e9b167f", "", ""},
        {"a new commit of a folder",
         [](Night& n) { n.becomes_declared("git+https://h/app.git/gw#main"), n.upstream_is(Relation::replaced); },
         "deploy:e9b167f", "", ""},
        {"with other pins",
         [](Night& n) {
             n.becomes_declared("s3://bucket/app.zip"), n.upstream_is(Relation::replaced);
             n.gupfile_becomes(other_paho);
         },
         "deploy:e9b167f install:1", "", ""},
        {"nothing runs yet",
         [](Night& n) {
             n.becomes_declared("https://h/app.zip"), n.upstream_is(Relation::replaced);
             n.observation.release.clear(), n.observation.code.commit.clear();
         },
         "deploy:e9b167f", "", ""},
        {"the same", [](Night& n) { n.becomes_declared("https://h/app.zip"); }, "", "", ""},
    });
    Night night;
    night.becomes_declared("https://h/app.zip");
    night.upstream_is(Relation::replaced);
    night.observation.code.commit.clear();
    CHECK(display(night.decide().plan.steps.at(0)) == "deploy https://h/app.zip nothing → e9b167f");
}

TEST_CASE("decide: a release that was rolled back is not tried again") {
    check_rows({
        {"its commit", [](Night& n) { n.upstream_is(Relation::behind), n.quarantine(there, {paho}); }, "",
         "e9b167f was rolled back: x", ""},
        {"its commit with other pins",
         [](Night& n) {
             n.upstream_is(Relation::behind), n.gupfile_becomes(other_paho);
             n.quarantine(there, {paho});
         },
         "forward:e9b167f install:1", "", ""},
        {"another commit", [](Night& n) { n.upstream_is(Relation::behind), n.quarantine(here, {library}); },
         "forward:e9b167f", "", ""},
        {"its archive",
         [](Night& n) {
             n.becomes_declared("https://h/app.zip"), n.upstream_is(Relation::replaced), n.quarantine(there, {paho});
         },
         "", "was rolled back", ""},
        {"its pins alone", [](Night& n) { n.observation.virtualenv = virtualenv({}), n.quarantine(here, {paho}); }, "",
         "1a2b3c4 was rolled back", ""},
        {"the old code's own pins are still looked after",
         [](Night& n) {
             n.upstream_is(Relation::behind), n.gupfile_becomes("paho-mqtt,1.3.1\nsix,1.0\n");
             n.quarantine(there, n.fetched.gupfile->pins);
             n.observation.virtualenv = virtualenv({});
         },
         "install:1", "was rolled back", ""},
        {"blocked code is not looked up by its target",
         [](Night& n) { n.upstream_is(Relation::diverged), n.quarantine(there, {paho}); }, "", "is not on", ""},
    });
}

TEST_CASE("decide: the decision says whether a person rolled a release back") {
    for (const bool by_hand : {true, false}) {
        Night night;
        night.upstream_is(Relation::behind);
        night.quarantine(there, {paho}, by_hand ? "" : "its health check failed");
        const Decision decision = night.decide();
        REQUIRE(decision.quarantined);
        CHECK(decision.quarantined->by_hand == by_hand);
        CHECK(decision.quarantined->reason == (by_hand ? rolled_back_by_hand : "its health check failed"));
        CHECK(holds(decision.plan.code_hint, "gup-agent now --retry meter"));
    }
}

TEST_CASE("decide: pins that are known to be unavailable are not tried, and reported") {
    Night night;
    night.observation.gupfile = pinned({paho, library});
    night.observation.virtualenv = virtualenv({});
    night.hold_back(library);
    const Decision decision = night.decide();
    CHECK(steps_of(decision) == "install:1");
    REQUIRE(decision.held_back.size() == 1);
    CHECK(decision.held_back[0].requirement == library);

    night.hold_back(paho);
    CHECK(steps_of(night.decide()) == "");
    CHECK(night.decide().held_back.size() == 2);

    // A satisfied or removed pin is not reported.
    night.observation.gupfile = pinned({library});
    night.observation.virtualenv = virtualenv({installed("client-connector-lib", "5.0.0")});
    CHECK(night.decide().held_back.empty());
}

TEST_CASE("decide: after a failed fetch the code stays, and the error is in the decision") {
    Night night;
    night.upstream_is(Relation::unknown);
    night.fetched.error = Error{ErrorCode::unreachable, "no route", "wait"};
    night.observation.virtualenv = virtualenv({});
    const Decision decision = night.decide();
    REQUIRE(decision.code_error);
    CHECK(decision.code_error->message == "no route");
    CHECK(steps_of(decision) == "install:1");
    CHECK_FALSE(decision.deferred);
}

TEST_CASE("decide: an upstream that did not answer is an error, and pins are still installed") {
    Night night;
    night.observation.upstream = {};
    night.observation.upstream.error = Error{ErrorCode::timeout, "too slow", {}};
    night.fetched = {};
    night.observation.virtualenv = virtualenv({});
    const Decision decision = night.decide();
    REQUIRE(decision.code_error);
    CHECK(decision.code_error->code == ErrorCode::timeout);
    CHECK(steps_of(decision) == "install:1");
}

TEST_CASE("decide: an update that must wait is deferred completely, and is not an error") {
    Night night;
    night.upstream_is(Relation::unknown);
    night.wait();
    night.observation.virtualenv = virtualenv({});
    const Decision decision = night.decide();
    CHECK(steps_of(decision) == "");
    CHECK_FALSE(decision.code_error);
    REQUIRE(decision.deferred);
    CHECK(decision.deferred->reason == "its window is 02:00-04:00");
    CHECK(decision.deferred->waiting == Waiting{1, 2, {}, {}});
    CHECK(decision.defers_code);
}

TEST_CASE("put_off: nothing is done, and the decision says whether code waits") {
    const Deferral closed{Outcome::failed, "it is busy", "", {}};
    Night night;
    night.observation.virtualenv = virtualenv({});
    Decision decision = put_off(night.decide(), closed);
    CHECK(decision.plan.empty());
    CHECK_FALSE(decision.defers_code);
    CHECK(decision.deferred->outcome == Outcome::failed);

    night.upstream_is(Relation::behind);
    decision = put_off(night.decide(), closed);
    CHECK(decision.plan.empty());
    CHECK(decision.defers_code);
}

TEST_CASE("decide: a release that was enabled by a person stays") {
    Night night;
    night.observation.release = "2026-11-21_02_00-field-e9b167f";
    night.observation.code.condition = CodeCondition::chosen_by_hand;
    night.observation.code.detail = "it came from a folder, not from a commit";
    night.observation.virtualenv = virtualenv({});
    const Decision decision = night.decide();
    CHECK(decision.plan.empty());
    CHECK(holds(decision.plan.code_blocked, "was enabled by a person and stays: it came from a folder"));
    CHECK(holds(decision.plan.code_hint, "gup-agent release install meter"));
    CHECK(decision.gupfile.pins == night.observation.gupfile.pins);
}

TEST_CASE("decide: a gupfile that asks for releases gives a note while the code is in place") {
    Night night;
    night.observation.gupfile.layout = Layout::releases;
    REQUIRE(night.decide().plan.notes.size() == 1);
    CHECK(holds(night.decide().plan.notes[0], "gup-agent adopt meter"));
    night.observation.layout = Layout::releases;
    CHECK(night.decide().plan.notes.empty());
    night.observation.layout = Layout::in_place;
    night.becomes_declared("https://h/app.zip");
    CHECK(night.decide().plan.notes.empty());
}

TEST_CASE("decide_without_move: the plan for the pins of the local gupfile") {
    Night night;
    night.upstream_is(Relation::behind);
    night.gupfile_becomes(other_paho);
    night.observation.virtualenv = virtualenv({});
    night.hold_back(library);
    const Decision moving = night.decide();
    CHECK(steps_of(moving) == "forward:e9b167f install:1");
    const Decision staying = decide_without_move(night.observation, night.history, night.policy, moving);
    CHECK(steps_of(staying) == "install:1");
    CHECK(staying.gupfile.pins == std::vector<Requirement>{paho});
    CHECK(staying.target.relation == Relation::unknown);
}

TEST_CASE("decide: the same values give the same decision") {
    Night night;
    night.upstream_is(Relation::behind);
    night.gupfile_becomes(other_paho);
    CHECK(night.decide().plan.steps == night.decide().plan.steps);
}

}  // namespace gup
