// SPDX-License-Identifier: Apache-2.0
#include "host/units/stack_units.hpp"

#include "systemd_fixture.hpp"

using namespace gup;
using namespace gup::test;

namespace {

std::vector<UnitClaim> claims_of(const UnitNames& units, const Owner& owner = {}) {
    std::vector<UnitClaim> claims;
    for (const std::string& unit : units) claims.push_back({unit, "gw", owner});
    return claims;
}

Owner secpi() {
    return {4801, 4801, "secpi", "/home/secpi"};
}

// dep.service requires web.service, far.service is a part of dep.service, and off.service does not run.
void put_dependents(const FakeSystemd& fake) {
    fake.unit("web.service",
              "RequiredBy=dep.service off.service\nSourcePath=/etc/containers/systemd/gup-gw/web.container\n");
    fake.unit("dep.service", "ConsistsOf=far.service\nRequires=web.service\n");
    fake.unit("far.service", "BoundBy=web.service\n");
    fake.unit("off.service", "ActiveState=inactive\nSubState=dead\nRequiredBy=farther.service\n");
    fake.unit("farther.service");
}

}  // namespace

TEST_CASE("unit_places: for root and for a user") {
    const UnitPlaces root = unit_places({}, "/x");
    CHECK(root.quadlet == "/x/etc/containers/systemd");
    CHECK(root.staging == "/x/etc/containers");
    CHECK(boot_link(root, "gup-gw.target") == "/x/etc/systemd/system/multi-user.target.wants/gup-gw.target");
    CHECK(unit_places(Owner{}).units == "/etc/systemd/system");
    const UnitPlaces user = unit_places(secpi());
    CHECK(user.quadlet == "/home/secpi/.config/containers/systemd");
    CHECK(boot_link(user, "gup-gw.target") == "/home/secpi/.config/systemd/user/default.target.wants/gup-gw.target");
}

TEST_CASE("check_user_manager: lingering and running, else the hint says how") {
    const Folder folder;
    const fs::path system = folder.folder.path();
    CHECK(holds(check_user_manager(secpi(), system).error().hint, "loginctl enable-linger secpi"));
    put(system / "var/lib/systemd/linger/secpi", "");
    CHECK(holds(check_user_manager(secpi(), system).error().hint, "user@4801.service"));
    put(system / "run/user/4801/systemd/private", "");
    CHECK(check_user_manager(secpi(), system).ok());
}

TEST_CASE("active_dependents: all that systemd would stop, through every kind of dependency, as far as they run") {
    const FakeSystemd fake;
    put_dependents(fake);
    CHECK(active_dependents({"web.service"}, fake.systemd()).value() == UnitNames{"dep.service", "far.service"});
    CHECK(active_dependents({"far.service"}, fake.systemd()).value() == UnitNames{"dep.service", "web.service"});
    CHECK(active_dependents({"farther.service"}, fake.systemd())->empty());
    CHECK(active_dependents({}, fake.systemd())->empty());
    CHECK(active_units({"web.service", "off.service", "web.service"}, fake.systemd()).value() ==
          UnitNames{"web.service"});
}

TEST_CASE("check_units_from: loaded, and from the folder") {
    const FakeSystemd fake;
    put_dependents(fake);
    fake.unit("gone.service", "LoadState=not-found\n");
    fake.unit("other.service", "SourcePath=/etc/containers/systemd/gup-gw2/other.container\n");
    const fs::path folder = "/etc/containers/systemd/gup-gw";
    CHECK(check_units_from(folder, {"web.service"}, fake.systemd()).ok());
    const auto status =
        check_units_from(folder, {"web.service", "gone.service", "other.service", "dep.service"}, fake.systemd());
    CHECK(code_of(status) == ErrorCode::not_found);
    CHECK(holds(status.error().message, "gone.service is missing"));
    CHECK(holds(status.error().message, "other.service comes from /etc/containers/systemd/gup-gw2/other.container"));
    CHECK(holds(status.error().message, "dep.service comes from another unit file"));
    CHECK_FALSE(holds(status.error().message, "web.service"));
}

TEST_CASE("restart_within: a unit that is not up at the end is stopped, and the others are not touched") {
    const FakeSystemd fake;
    fake.unit("sick.service");
    fake.unit("web.service");
    fake.restart_does(
        "printf 'ActiveState=activating\\nSubState=auto-restart\\nInvocationID=2\\n' >>\"$here/sick.service\"\n"
        "echo InvocationID=2 >>\"$here/web.service\"\n"
        "echo 'Job for sick.service failed because a timeout was exceeded.' >&2; exit 1\n");
    const auto errors =
        restart_within(claims_of({"sick.service", "web.service"}), Milliseconds{60'000}, fake.systemd());
    REQUIRE(errors.size() == 2);
    REQUIRE(errors[0]);
    CHECK_FALSE(errors[1]);
    CHECK(holds(fake.calls(), "stop -- sick.service\n"));
}

TEST_CASE("restart_within: units that waited for one that did not come up name that one") {
    const FakeSystemd fake;
    fake.unit("alone.service");
    fake.unit("dep.service", "RequiredBy=far.service\n");
    fake.unit("far.service");
    fake.unit("web.service", "RequiredBy=dep.service\n");
    fake.restart_does(
        "printf 'ActiveState=activating\\nSubState=auto-restart\\nInvocationID=2\\n' >>\"$here/web.service\"\n"
        "for unit in alone dep far; do printf 'ActiveState=inactive\\nSubState=dead\\n' >>\"$here/$unit.service\"; "
        "done\n"
        "echo 'A dependency job for dep.service failed.' >&2; exit 1\n");
    const auto errors = restart_within(claims_of({"alone.service", "dep.service", "far.service", "web.service"}),
                                       Milliseconds{60'000}, fake.systemd());
    REQUIRE(errors.size() == 4);
    for (const auto& error : errors) REQUIRE(error);
    CHECK(errors[0]->message.starts_with("cannot restart alone.service: alone.service is inactive"));
    CHECK(errors[3]->message.starts_with("web.service was not up within"));
    CHECK(errors[1]->message == "cannot start dep.service: " + errors[3]->message);
    CHECK(errors[2]->message == "cannot start far.service: " + errors[3]->message);
    CHECK(errors[1]->hint == errors[3]->hint);
    CHECK(errors[1]->code == errors[3]->code);
}

TEST_CASE("restart_within: units that are up are neither stopped nor errors") {
    const FakeSystemd fake;
    fake.unit("web.service");
    const auto errors = restart_within(claims_of({"web.service"}), Milliseconds{60'000}, fake.systemd());
    CHECK_FALSE(errors.front());
    CHECK(holds(fake.calls(), "restart -- web.service"));
    CHECK_FALSE(holds(fake.calls(), "stop"));
    CHECK(restart_within({}, Milliseconds{1}, fake.systemd()).empty());
}

TEST_CASE("restart_within: a unit that is not up may also be left to systemd") {
    const FakeSystemd fake;
    fake.unit("sick.service", "ActiveState=activating\nSubState=auto-restart\n");
    const auto errors =
        restart_within(claims_of({"sick.service"}), Milliseconds{60'000}, fake.systemd(), Looping::left);
    CHECK((errors[0] && errors[0]->code == ErrorCode::timeout));
    CHECK_FALSE(holds(fake.calls(), "stop --"));
}

TEST_CASE("fallen_dependents: those that failed, also behind one that runs, and no jobs or targets") {
    const FakeSystemd fake;
    fake.unit("web.service",
              "RequiredBy=dep.service job.service app.target stopped.service up.service wanted.service\n");
    fake.unit("dep.service", "ActiveState=failed\n");
    fake.unit("job.service", "ActiveState=failed\nType=oneshot\n");
    fake.unit("app.target", "ActiveState=failed\n");
    fake.unit("stopped.service", "ActiveState=inactive\nRequiredBy=behind.service\n");
    fake.unit("behind.service", "ActiveState=failed\n");
    fake.unit("wanted.service", "ActiveState=inactive\nWantedBy=multi-user.target\n");
    fake.unit("up.service", "RequiredBy=far.service\n");
    fake.unit("far.service", "ActiveState=failed\n");
    CHECK(fallen_dependents({"web.service"}, fake.systemd()).value() ==
          UnitNames{"dep.service", "far.service", "wanted.service"});
}

TEST_CASE("running_orphans: units that run while their file in the folder is gone") {
    const FakeSystemd fake;
    const Folder folder;
    const std::string place = folder.folder.path().native();
    put(folder / "there.container", "");
    const auto row = [&](const char* id, const char* active, const std::string& source) {
        return std::string("Id=") + id + "\nActiveState=" + active + "\nSourcePath=" + source + "\n\n";
    };
    put(fake.file("*.service"), row("b-gone.service", "active", place + "/gone.container") +
                                    row("there.service", "active", place + "/there.container") +
                                    row("off.service", "inactive", place + "/off.container") +
                                    row("ssh.service", "active", "") + row("other.service", "active", "/nowhere/x") +
                                    row("a-gone.service", "activating", place + "/a.container"));
    CHECK(running_orphans(folder.folder.path(), fake.systemd()).value() ==
          UnitNames{"a-gone.service", "b-gone.service"});
}

TEST_CASE("find_unsteady: a unit that ends or is started again in that time") {
    const FakeSystemd fake;
    fake.unit("steady.service");
    fake.unit("job.service", "ActiveState=inactive\nType=oneshot\n");
    fake.unit("again.service");
    fake.unit("again.service", "NRestarts=1\nInvocationID=2\n", 2);
    fake.unit("down.service", "ActiveState=failed\nResult=exit-code\nExecMainStatus=7\n");
    const auto found = find_unsteady({"steady.service", "job.service", "again.service", "down.service"},
                                     Milliseconds{600}, fake.systemd());
    REQUIRE(found.size() == 2);
    CHECK(found[0].first == "again.service");
    CHECK(holds(found[1].second.message, "failed (exit-code 7)"));
    CHECK(find_unsteady({}, Milliseconds{600}, fake.systemd()).empty());
}

TEST_CASE("bring_back: starts what is down, once, and nothing that runs") {
    const FakeSystemd fake;
    put_dependents(fake);
    fake.unit("dep.service", "ActiveState=failed\nConsistsOf=far.service\n");
    CHECK(bring_back(claims_of({"web.service", "dep.service", "far.service"}), Milliseconds{60'000}, fake.systemd())
              .size() == 3);
    CHECK(holds(fake.calls(), "start -- dep.service\n"));
    CHECK_FALSE(holds(fake.calls(), "restart"));
}

TEST_CASE("bring_back: an owner gets back what depends on its own units, and nothing else") {
    const FakeSystemd fake;
    put_dependents(fake);
    fake.unit("dep.service", "ActiveState=failed\n");
    fake.unit("ssh.service", "ActiveState=inactive\n");
    Systemd systemd = fake.systemd();
    systemd.policy.judges_owners = true;
    const auto units = claims_of({"web.service", "dep.service", "ssh.service"}, secpi());
    const auto foreign = bring_back(units, Milliseconds{60'000}, systemd);
    for (const auto& error : foreign) CHECK((error && error->code == ErrorCode::permission));
    CHECK_FALSE(holds(fake.calls(), "start --"));
    systemd.policy.folders["gw"] = "/etc/containers/systemd/gup-gw";
    const auto own = bring_back(units, Milliseconds{60'000}, systemd);
    CHECK_FALSE(own[0]);
    CHECK_FALSE(own[1]);
    CHECK((own[2] && own[2]->code == ErrorCode::permission));
    CHECK(holds(fake.calls(), "start -- dep.service\n"));
}

TEST_CASE("bring_back: a unit that is gone does not keep the others down") {
    const FakeSystemd fake;
    fake.unit("gone.service", "LoadState=not-found\nActiveState=inactive\n");
    fake.unit("web.service", "ActiveState=failed\n");
    const auto errors = bring_back(claims_of({"gone.service", "web.service"}), Milliseconds{60'000}, fake.systemd());
    CHECK((errors[0] && errors[0]->code == ErrorCode::not_found));
    CHECK(holds(fake.calls(), "start -- web.service\n"));
}

TEST_CASE("stop_units: with one call, without units that are gone") {
    const FakeSystemd fake;
    fake.unit("b.service");
    fake.unit("a.service");
    fake.unit("gone.service", "LoadState=not-found\nActiveState=inactive\n");
    CHECK(stop_units(claims_of({"b.service", "a.service", "gone.service", "a.service"}), fake.systemd()).ok());
    CHECK(holds(fake.calls(), "stop -- a.service b.service\n"));
    Systemd systemd = fake.systemd();
    systemd.policy.judges_owners = true;
    CHECK(code_of(stop_units(claims_of({"a.service"}, secpi()), systemd)) == ErrorCode::permission);
    CHECK(stop_units({}, systemd).ok());
}

TEST_CASE("units of a user: systemctl gets --user, and the owner is not judged") {
    const FakeSystemd fake;
    fake.unit("web.service");
    Systemd systemd = fake.systemd();
    systemd.policy.judges_owners = true;
    const Owner self = owner_with(::getuid());
    systemd.user = self;
    CHECK_FALSE(restart_within(claims_of({"web.service"}, secpi()), Milliseconds{60'000}, systemd).front());
    CHECK(holds(fake.calls(), "--user"));
    CHECK(reload_units(systemd).ok());
}
