// SPDX-License-Identifier: Apache-2.0
#include "deploy/in_place_deployment.hpp"

#include <doctest/doctest.h>

#include "connector/generation_store.hpp"
#include "deployment_fixture.hpp"
#include "util/sys/symlink.hpp"

namespace gup {

using namespace test;

namespace {

// The connector in place with a virtualenv, and a newer commit on its remote that is fetched already.
struct Behind : DeploymentSite {
    std::string old;
    std::string newer;

    Behind() {
        make_virtualenv();
        old = head();
        newer = box.publish_file("main.py", "print(2)\n");
        box.git(box.gateway(), "fetch -q");
    }
    [[nodiscard]] std::vector<Generation> recorded() const { return list_generations(generations(), place()); }
};

DeploymentHooks failing_post_update(const std::function<void()>& in_old_state) {
    DeploymentHooks hooks;
    hooks.post_update = [](const StagedGeneration&) { return Error{ErrorCode::failed, "a hook said no", {}}; };
    hooks.rolled_back = [=](const StagedGeneration&) { in_old_state(); };
    return hooks;
}

}  // namespace

TEST_CASE("outcome_of: only an activated deployment is rolled back, and only a hook blocks one") {
    CHECK(outcome_of(DeploymentEnd::blocked) == Outcome::blocked);
    CHECK(outcome_of(DeploymentEnd::rolled_back) == Outcome::rolled_back);
    CHECK(outcome_of(DeploymentEnd::failed) == Outcome::failed);
    CHECK(outcome_of(DeploymentEnd::nothing) == Outcome::failed);
}

TEST_CASE("in place: a request without changes ends at once and writes nothing") {
    const Behind meter;
    const auto before = meter.everything();
    Deploying nothing(meter);
    CHECK_FALSE(nothing.make(meter).stage());
    CHECK(nothing.deployment->result().end == DeploymentEnd::nothing);
    CHECK_FALSE(nothing.deployment->result().error);
    CHECK(meter.everything() == before);
    CHECK_FALSE(meter.has_journal());
}

TEST_CASE("in place: the work tree moves when it is activated, and both generations are recorded") {
    const Behind meter;
    Deploying night(meter);
    night.move_to(meter.newer);
    Deployment& deployment = night.make(meter);
    REQUIRE(deployment.stage());
    CHECK(meter.head() == meter.old);
    CHECK(meter.has_journal());
    CHECK(deployment.staged().from_commit == meter.old);
    CHECK(deployment.staged().commit == meter.newer);
    REQUIRE(deployment.activate({}));
    CHECK(meter.head() == meter.newer);
    CHECK(read(meter.box.gateway() / "main.py") == "print(2)\n");
    REQUIRE(deployment.commit().ok());
    CHECK_FALSE(meter.has_journal());

    const auto recorded = meter.recorded();
    REQUIRE(recorded.size() == 2);
    CHECK(recorded[0].id == deployment.result().generation);
    CHECK(recorded[0].commit == meter.newer);
    CHECK(recorded[0].from_commit == meter.old);
    CHECK(recorded[0].previous == recorded[1].id);
    CHECK(recorded[0].virtualenv == meter.place().string());
    CHECK(recorded[1].commit == meter.old);
    CHECK(recorded[1].id.ends_with(before_suffix));
    CHECK(recorded[1].virtualenv == meter.place().string());
    CHECK(deployment.result().end == DeploymentEnd::committed);
    CHECK(deployment.result().actions.empty());
}

TEST_CASE("in place: pins are installed into a copy, and a link replaces the virtualenv") {
    const Behind meter;
    Deploying night(meter);
    night.install({alpha});
    Deployment& deployment = night.make(meter);
    REQUIRE(deployment.stage());
    const fs::path staged = deployment.staged().virtualenv;
    CHECK(meter.has_alpha(staged));
    CHECK_FALSE(meter.has_alpha(meter.place()));
    REQUIRE(deployment.activate({}));
    CHECK(link_text(meter.place()) == staged);
    REQUIRE(deployment.commit().ok());
    CHECK(meter.has_alpha(meter.place()));
    CHECK(deployment.result().actions == std::vector<std::string>{display_done(Step{*night.request.install})});
    CHECK(deployment.result().failures.empty());
    CHECK(deployment.result().virtualenv.path == meter.place().string());

    const auto recorded = meter.recorded();
    REQUIRE(recorded.size() == 2);
    CHECK(recorded[0].virtualenv == staged.string());
    REQUIRE(recorded[0].pins.size() == 1);
    CHECK(display(recorded[0].pins[0]) == display(alpha));
    const fs::path aside = recorded[1].virtualenv;
    CHECK(aside == meter.generations() / recorded[1].id / ".venv");
    CHECK(is_file(aside / "pyvenv.cfg"));
    CHECK_FALSE(meter.has_alpha(aside));
}

TEST_CASE("in place: a pin that cannot be installed keeps the virtualenv, and the code is still updated") {
    const Behind meter;
    Deploying night(meter);
    night.move_to(meter.newer);
    night.install({broken});
    const DeploymentResult result = night.run(meter);
    CHECK(meter.head() == meter.newer);
    CHECK_FALSE(is_there(fs::path(result.virtualenv.path) / "lib/python3.11/site-packages/broken-1.0.dist-info"));
    CHECK(link_text(meter.place()).empty());
    CHECK(is_file(meter.place() / "pyvenv.cfg"));
    REQUIRE(result.failures.size() == 1);
    CHECK(result.failures[0].requirement == broken);
    CHECK(result.failures[0].kind == PinFailureKind::not_available);
    CHECK(result.actions.empty());
}

TEST_CASE("in place: of two pins, the available one is installed") {
    const Behind meter;
    Deploying night(meter);
    night.install({alpha, broken});
    const DeploymentResult result = night.run(meter);
    CHECK(meter.has_alpha(meter.place()));
    REQUIRE(result.failures.size() == 1);
    CHECK(result.failures[0].requirement == broken);
    CHECK(result.actions.size() == 1);
}

TEST_CASE("in place: an installer that is missing changes neither virtualenv nor link") {
    const Behind meter;
    fs::remove_all(meter.place() / "lib/python3.11/site-packages/pip-23.0.dist-info");
    const auto before = meter.everything();
    Deploying night(meter);
    night.install({alpha});
    CHECK_FALSE(night.make(meter).stage());
    const DeploymentResult& result = night.deployment->result();
    REQUIRE(result.failures.size() == 1);
    CHECK(holds(result.failures[0].reason, "no pip in"));
    CHECK(meter.everything() == before);
}

TEST_CASE("in place: after a rollback in any phase the old generation is back, byte for byte") {
    const Behind meter;
    const auto before = meter.everything();
    Deploying night(meter);
    night.move_to(meter.newer);
    night.install({alpha});
    Deployment& deployment = night.make(meter);
    DeploymentEnd end = DeploymentEnd::failed;
    std::string cause = "the disk is full";
    SUBCASE("it is dropped after it was staged") {
        REQUIRE(deployment.stage());
        CHECK(meter.has_journal());
        deployment.drop({ErrorCode::no_space, cause, {}});
    }
    SUBCASE("the hook before it says no") {
        REQUIRE(deployment.stage());
        DeploymentHooks hooks;
        cause = "a hook said no";
        hooks.pre_update = [&](const StagedGeneration& staged) {
            CHECK(staged.commit == meter.newer);
            CHECK(meter.head() == meter.old);
            return Error{ErrorCode::failed, cause, {}};
        };
        hooks.post_update = [](const StagedGeneration&) -> Status { throw std::logic_error("it was never switched"); };
        CHECK_FALSE(deployment.activate(hooks));
        end = DeploymentEnd::blocked;
    }
    SUBCASE("the hook after it says no") {
        REQUIRE(deployment.stage());
        cause = "a hook said no";
        bool was_told = false;
        const auto hooks = failing_post_update([&] {
            was_told = true;
            CHECK(meter.head() == meter.old);
            CHECK(link_text(meter.place()).empty());
            CHECK(meter.has_journal());
        });
        CHECK_FALSE(deployment.activate(hooks));
        CHECK(was_told);
        end = DeploymentEnd::rolled_back;
    }
    SUBCASE("the services do not come up") {
        REQUIRE(deployment.stage());
        REQUIRE(deployment.activate({}));
        deployment.roll_back({ErrorCode::failed, cause, {}}, DeploymentEnd::rolled_back);
        CHECK(meter.has_journal());
        deployment.end();
        end = DeploymentEnd::rolled_back;
    }
    CHECK(meter.everything() == before);
    CHECK(meter.head() == meter.old);
    CHECK(meter.box.git(meter.box.gateway(), "status --porcelain").empty());
    CHECK_FALSE(meter.has_journal());
    const DeploymentResult& result = deployment.result();
    CHECK(result.end == end);
    REQUIRE(result.error);
    CHECK(result.error->message == cause);
    CHECK(result.actions.empty());
    CHECK(result.generation.empty());
    CHECK(result.virtualenv.path == meter.place().string());
}

TEST_CASE("in place: an incomplete rollback is reported, and its journal stays for recovery") {
    const Behind meter;
    Deploying night(meter);
    night.move_to(meter.newer);
    Deployment& deployment = night.make(meter);
    REQUIRE(deployment.stage());
    REQUIRE(deployment.activate({}));
    write(meter.box.gateway() / "main.py", "written by somebody since\n");
    deployment.roll_back({ErrorCode::failed, "it is not healthy", {}}, DeploymentEnd::rolled_back);
    deployment.end();
    REQUIRE(deployment.result().error);
    CHECK(holds(deployment.result().error->message, "it is not healthy; and the rollback is not complete: "));
    CHECK(deployment.result().error->hint == "gup-agent recover");
    CHECK(meter.has_journal());
    CHECK(read(meter.box.gateway() / "main.py") == "written by somebody since\n");
}

TEST_CASE("in place: without enough disk space nothing is started") {
    Behind meter;
    meter.settings.disk_reserve = std::uint64_t{1} << 60U;
    const auto before = meter.everything();
    Deploying night(meter);
    SUBCASE("for code") {
        night.move_to(meter.newer);
    }
    SUBCASE("for pins") {
        night.install({alpha});
    }
    CHECK_FALSE(night.make(meter).stage());
    CHECK(night.deployment->result().error.value().code == ErrorCode::no_space);
    CHECK(meter.everything() == before);
}

TEST_CASE("in place: a rollback activates code and virtualenv of a recorded generation, and needs no disk space") {
    Behind meter;
    {
        Deploying night(meter);
        night.move_to(meter.newer);
        night.install({alpha});
        (void)night.run(meter);
    }
    const Generation made = meter.recorded().at(0);
    const Generation before = meter.recorded().at(1);
    meter.settings.disk_reserve = std::uint64_t{1} << 60U;
    Deploying back(meter);
    back.move_to(before.commit);
    back.request.back_to = before;
    const DeploymentResult result = back.run(meter);
    CHECK(meter.head() == meter.old);
    CHECK(link_text(meter.place()) == before.virtualenv);
    CHECK_FALSE(meter.has_alpha(meter.place()));
    CHECK(result.generation == before.id);
    REQUIRE(result.actions.size() == 1);
    CHECK(holds(result.actions[0], "rolled back to " + before.id));
    CHECK(meter.recorded().size() == 2);

    Deploying forth(meter);
    forth.move_to(made.commit);
    forth.request.back_to = made;
    (void)forth.run(meter);
    CHECK(meter.head() == meter.newer);
    CHECK(meter.has_alpha(meter.place()));
    CHECK(meter.recorded().size() == 2);
}

TEST_CASE("in place: a rollback to a generation without its virtualenv is refused") {
    const Behind meter;
    const auto before = meter.everything();
    Deploying back(meter);
    back.request.back_to = Generation{};
    back.request.back_to->id = "2026-11-21_02_00-main-0000001";
    back.request.back_to->virtualenv = meter.generations() / back.request.back_to->id / ".venv";
    CHECK_FALSE(back.make(meter).stage());
    CHECK(back.deployment->result().error.value().code == ErrorCode::not_found);
    CHECK(meter.everything() == before);
    CHECK_FALSE(meter.has_journal());
}

TEST_CASE("in place: generations beyond update.keep are removed, never the one before") {
    Behind meter;
    meter.settings.keep = 2;
    std::vector<std::string> made;
    for (const char* version : {"1.0", "2.0", "3.0"}) {
        Deploying night(meter);
        night.install({{"alpha", version, "", 1}});
        made.push_back(night.run(meter).generation);
        CHECK(meter.has_alpha(meter.place(), version));
    }
    const auto recorded = meter.recorded();
    REQUIRE(recorded.size() == 2);
    CHECK(recorded[0].id == made[2]);
    CHECK(recorded[1].id == made[1]);
    CHECK(recorded[0].previous == made[1]);
    CHECK(list_folder(meter.generations()).value().size() == 2);
}

TEST_CASE("in place: a branch that a person moved is recorded before the agent moves it") {
    const Behind meter;
    {
        Deploying night(meter);
        night.move_to(meter.newer);
        (void)night.run(meter);
    }
    meter.box.git(meter.box.gateway(), "reset -q --hard " + meter.old);
    const std::string made = meter.recorded().at(0).id;
    Deploying night(meter);
    night.move_to(meter.newer);
    (void)night.run(meter);
    const auto recorded = meter.recorded();
    CHECK(recorded.at(0).commit == meter.newer);
    CHECK(recorded.at(0).from_commit == meter.old);
    CHECK(recorded.at(0).id != made);
    CHECK(recorded.at(0).sequence > recorded.at(1).sequence);
}

}  // namespace gup
