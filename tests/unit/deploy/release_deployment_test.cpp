// SPDX-License-Identifier: Apache-2.0
#include "deploy/release_deployment.hpp"

#include <doctest/doctest.h>

#include "connector/generation_store.hpp"
#include "connector/upstream.hpp"
#include "core/release.hpp"
#include "deployment_fixture.hpp"
#include "util/sys/symlink.hpp"

namespace gup {

using namespace test;

namespace {

// "python3 -m venv PATH": a copy of a folder.
void write_interpreter(const fs::path& path, const fs::path& virtualenv) {
    put(path, "#!/bin/sh\nfor last; do :; done\ncp -a " + virtualenv.string() + " \"$last\"\n");
    fs::permissions(path, fs::perms::owner_all);
}

// A connector whose source is the remote's branch main, before its first release.
struct Declared : DeploymentSite {
    Declared() { declare(remote_main()); }
    [[nodiscard]] std::string release() const { return enabled_release(settings.root, connector.name); }
    [[nodiscard]] Generation record_of(const std::string& id) const {
        return read_generation(generations(), id).value();
    }
    // The names below .gup/<name> but the repository, which every fetch leaves.
    [[nodiscard]] std::vector<std::string> releases() const {
        auto names = list_folder(generations()).value();
        std::erase(names, repository_name);
        return names;
    }
};

// A deployment of the current state of the source.
struct NewRevision : Deploying {
    explicit NewRevision(const Declared& site) : Deploying(site) {
        const auto source = source_of(observation, {});
        const Revision latest = source->latest({}).value();
        REQUIRE(make_folders(site.generations()).ok());
        const Revision fetched = source->fetch(latest, site.generations(), {}).value();
        request.revision.emplace();
        request.revision->revision = fetched;
        request.revision->tree = source->open(fetched, site.generations()).value();
        request.code = CodeChange::revision;
        gupfile = parse_gupfile(request.revision->tree->gupfile.value());
    }
};

}  // namespace

TEST_CASE("release: the first one is complete before the link leads to it") {
    const Declared meter;
    NewRevision night(meter);
    Deployment& deployment = night.make(meter);
    REQUIRE_MESSAGE(deployment.stage(), Deploying::said(deployment));
    const std::string id = deployment.staged().id;
    CHECK(deployment.staged().code == meter.generations() / id);
    CHECK(deployment.staged().code_before.empty());
    CHECK(read(meter.generations() / id / "main.py") == "print(1)\n");
    CHECK(is_file(meter.generations() / id / generation_record_name));
    CHECK_FALSE(is_there(meter.box.gateway()));
    REQUIRE(deployment.activate({}));
    CHECK(meter.release() == id);
    CHECK(link_text(meter.box.gateway()) == ".gup/smart-meter/" + id);
    REQUIRE(deployment.commit().ok());
    CHECK_FALSE(meter.has_journal());
    CHECK(deployment.result().generation == id);

    const std::string commit = meter.box.git(meter.box.publisher(), "rev-parse HEAD");
    const Generation made = meter.record_of(id);
    CHECK(made.commit == commit);
    CHECK(made.branch == "main");
    CHECK(made.source == display(meter.connector.declared->source));
    CHECK(made.previous.empty());
    CHECK(id.ends_with("-main-" + commit.substr(0, 7)));
}

TEST_CASE("release: the next one gets the link, and the previous one stays for a rollback") {
    const Declared meter;
    const std::string first = NewRevision(meter).run(meter).generation;
    const std::string commit = meter.box.publish_file("main.py", "print(2)\n");
    NewRevision night(meter);
    const std::string second = night.run(meter).generation;
    CHECK(night.deployment->staged().code_before == meter.generations() / first);
    CHECK(meter.release() == second);
    CHECK(read(meter.box.gateway() / "main.py") == "print(2)\n");
    CHECK(read(meter.generations() / first / "main.py") == "print(1)\n");
    CHECK(meter.record_of(second).previous == first);
    CHECK(meter.record_of(second).commit == commit);

    Deploying back(meter);
    back.request.back_to = meter.record_of(first);
    const DeploymentResult result = back.run(meter);
    CHECK(result.generation == first);
    CHECK(meter.release() == first);
    CHECK(meter.releases().size() == 2);
    CHECK(is_folder(meter.generations() / second));
    REQUIRE(result.actions.size() == 1);
    CHECK(result.actions[0] == "redirecting smart-meter: " + second + " --> " + first);
}

TEST_CASE("release: after a rollback in any phase the previous release is enabled and the new one is removed") {
    const Declared meter;
    const std::string first = NewRevision(meter).run(meter).generation;
    (void)meter.box.publish_file("main.py", "print(2)\n");
    NewRevision night(meter);
    Deployment& deployment = night.make(meter);
    REQUIRE(deployment.stage());
    DeploymentHooks hooks;
    DeploymentEnd end = DeploymentEnd::failed;
    SUBCASE("it is dropped after it was staged") {
        deployment.drop({ErrorCode::failed, "x", {}});
    }
    SUBCASE("the hook before it says no") {
        hooks.pre_update = [](const StagedGeneration&) { return Error{ErrorCode::failed, "x", {}}; };
        CHECK_FALSE(deployment.activate(hooks));
        end = DeploymentEnd::blocked;
    }
    SUBCASE("the hook after it says no") {
        hooks.post_update = [&](const StagedGeneration& staged) {
            CHECK(meter.release() == staged.id);
            return Error{ErrorCode::failed, "x", {}};
        };
        CHECK_FALSE(deployment.activate(hooks));
        end = DeploymentEnd::rolled_back;
    }
    SUBCASE("the services do not come up") {
        REQUIRE(deployment.activate({}));
        CHECK(meter.release() != first);
        deployment.roll_back({ErrorCode::failed, "x", {}}, DeploymentEnd::rolled_back);
        deployment.end();
        end = DeploymentEnd::rolled_back;
    }
    CHECK(meter.release() == first);
    CHECK(meter.releases() == std::vector<std::string>{first});
    CHECK(read(meter.box.gateway() / "main.py") == "print(1)\n");
    CHECK_FALSE(meter.has_journal());
    CHECK(deployment.result().end == end);
    CHECK(deployment.result().error.value().message == "x");
}

TEST_CASE("release: it gets its own virtualenv, and the known path leads through the connector's link") {
    Declared meter;
    meter.make_virtualenv();
    fs::rename(meter.place(), meter.box.path("template"));
    write_interpreter(meter.box.path("python"), meter.box.path("template"));
    meter.settings.interpreter = meter.box.path("python");
    NewRevision night(meter);
    night.request.create = CreateVirtualenv{meter.place()};
    night.install({alpha});
    const DeploymentResult first = night.run(meter);
    CHECK(first.actions == std::vector<std::string>{display_done(Step{*night.request.create}),
                                                    display_done(Step{*night.request.install})});
    CHECK(link_text(meter.place()) == meter.box.gateway() / ".venv");
    CHECK(meter.has_alpha(meter.place()));
    CHECK(leads_to_release(layout_of(meter.observe(), meter.settings.root)));

    SUBCASE("new pins alone are another release of the same commit") {
        Deploying pins(meter);
        pins.install({{"alpha", "2.0", "", 1}});
        const DeploymentResult second = pins.run(meter);
        CHECK(meter.release() == second.generation);
        CHECK(second.generation != first.generation);
        CHECK(meter.has_alpha(meter.place(), "2.0"));
        CHECK(meter.has_alpha(meter.generations() / first.generation / ".venv", "1.0"));
        CHECK_FALSE(meter.has_alpha(meter.generations() / first.generation / ".venv", "2.0"));
        CHECK(meter.record_of(second.generation).commit == meter.record_of(first.generation).commit);
        CHECK(meter.record_of(second.generation).previous == first.generation);
    }
    SUBCASE("pins that cannot be installed are no reason for a release") {
        Deploying pins(meter);
        pins.install({broken});
        CHECK_FALSE(pins.make(meter).stage());
        CHECK(pins.deployment->result().end == DeploymentEnd::nothing);
        REQUIRE(pins.deployment->result().failures.size() == 1);
        CHECK(pins.deployment->result().failures[0].requirement == broken);
        CHECK(meter.releases() == std::vector<std::string>{first.generation});
    }
    SUBCASE("where this machine cannot install, the code does not move without its packages") {
        (void)meter.box.publish_file("main.py", "print(2)\n");
        meter.settings.installer.temporary_folder = std::string(5'000, 'x');  // too long for a name
        NewRevision next(meter);
        next.install({{"alpha", "2.0", "", 1}});
        CHECK_FALSE(next.make(meter).stage());
        CHECK(next.deployment->result().end == DeploymentEnd::failed);
        CHECK(next.deployment->result().error.value().code == ErrorCode::io);
        CHECK(meter.release() == first.generation);
        CHECK(meter.releases() == std::vector<std::string>{first.generation});
        CHECK_FALSE(meter.has_journal());
    }
    SUBCASE("a release whose virtualenv is gone cannot be enabled") {
        (void)meter.box.publish_file("main.py", "print(2)\n");
        const std::string second = NewRevision(meter).run(meter).generation;
        fs::remove_all(meter.generations() / first.generation / ".venv");
        Deploying back(meter);
        back.request.back_to = meter.record_of(first.generation);
        CHECK_FALSE(back.make(meter).stage());
        CHECK(back.deployment->result().error.value().code == ErrorCode::corrupt);
        CHECK(meter.release() == second);
    }
}

TEST_CASE("release: a folder where the link should be is never replaced") {
    const Declared meter;
    const std::string id = NewRevision(meter).run(meter).generation;
    Deploying back(meter);
    back.request.back_to = meter.record_of(id);
    fs::remove(meter.box.gateway());
    put(meter.box.gateway() / "work", "of a person\n");
    CHECK_FALSE(back.make(meter).stage());
    CHECK(back.deployment->result().error.value().code == ErrorCode::conflict);
    CHECK(read(meter.box.gateway() / "work") == "of a person\n");
    CHECK_FALSE(meter.has_journal());
}

TEST_CASE("release: persisted files are shared by all releases") {
    const Declared meter;
    (void)meter.box.publish_file("gupfile", "[connector]\nlayout = \"releases\"\npersist = [\"data\"]\n");
    const std::string first = NewRevision(meter).run(meter).generation;
    put(meter.box.gateway() / "data/values", "1\n");
    (void)meter.box.publish_file("main.py", "print(2)\n");
    (void)NewRevision(meter).run(meter);
    CHECK(meter.release() != first);
    CHECK(read(meter.box.gateway() / "data/values") == "1\n");
    CHECK(link_text(meter.box.gateway() / "data") == "../shared/data");
    CHECK(read(meter.generations() / "shared/data/values") == "1\n");
}

TEST_CASE("release: without enough disk space nothing is started") {
    Declared meter;
    meter.settings.disk_reserve = std::uint64_t{1} << 60U;
    NewRevision night(meter);
    CHECK_FALSE(night.make(meter).stage());
    CHECK(night.deployment->result().error.value().code == ErrorCode::no_space);
    CHECK(meter.releases().empty());
    CHECK_FALSE(meter.has_journal());
}

TEST_CASE("prune_releases: keeps this number, including the enabled one and the one before it") {
    Declared meter;
    meter.settings.keep = 100;
    std::vector<std::string> made;
    for (const char* text : {"print(1)\n", "print(2)\n", "print(3)\n", "print(4)\n"}) {
        if (!made.empty()) (void)meter.box.publish_file("main.py", text);
        made.push_back(NewRevision(meter).run(meter).generation);
    }
    const ConnectorLayout site = layout_of(meter.observe(), meter.settings.root);
    CHECK(prune_releases(site, meter.settings.state, 4).value().empty());
    CHECK(prune_releases(site, meter.settings.state, 3).value() == std::vector<std::string>{made[0]});
    CHECK(prune_releases(site, meter.settings.state, 0).value() == std::vector<std::string>{made[1]});
    CHECK(meter.release() == made[3]);
    CHECK(meter.releases().size() == 2);
    CHECK_FALSE(meter.has_journal());
}

}  // namespace gup
