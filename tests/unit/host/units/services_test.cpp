// SPDX-License-Identifier: Apache-2.0
#include "host/units/services.hpp"

#include "systemd_fixture.hpp"

using namespace gup;
using namespace gup::test;

namespace {

std::vector<UnitClaim> roots(const UnitNames& units) {
    std::vector<UnitClaim> claims;
    for (const std::string& unit : units) claims.push_back({unit, "meter", {}});
    return claims;
}

UnitState waits_for(const std::string& name, UnitNames after) {
    UnitState state;
    state.name = name;
    state.names = {name};
    state.after = std::move(after);
    return state;
}

// The number of times that `part` is in `text`.
int times_in(const std::string& text, const std::string& part) {
    int count = 0;
    for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
    return count;
}

}  // namespace

TEST_CASE("unit_states: the answers of systemctl, in the order of the units") {
    const FakeSystemd fake;
    fake.unit("b.service", "ActiveState=failed\nSubState=failed\nResult=exit-code\nExecMainStatus=3\n");
    fake.unit("a.service", "NRestarts=4\nInvocationID=xyz\nAfter=basic.target b.service\nRequires=c.service\n");
    const auto states = unit_states({"b.service", "a.service"}, fake.systemd());
    REQUIRE(states.ok());
    REQUIRE(states->size() == 2);
    CHECK((*states)[0].name == "b.service");
    CHECK(display((*states)[0]) == "failed (exit-code 3)");
    CHECK((*states)[1].restarts == 4);
    CHECK((*states)[1].invocation == "xyz");
    CHECK((*states)[1].after == UnitNames{"basic.target", "b.service", "c.service"});
    CHECK(display((*states)[1]) == "active");
    CHECK(times_in(fake.calls(), "show") == 1);
}

TEST_CASE("unit_states: an invalid unit name never reaches systemctl") {
    const FakeSystemd fake;
    for (const char* name : {"", "a", "*.service", "--now.service", "a b.service", "../a.service"}) {
        CHECK_MESSAGE(code_of(unit_states({name}, fake.systemd())) == ErrorCode::invalid_input, name);
    }
    CHECK(fake.calls().empty());
    CHECK(unit_states({}, fake.systemd())->empty());
}

TEST_CASE("unit_states: the user, and the real name of an alias") {
    const FakeSystemd fake;
    fake.unit("mqtt.service", "Id=mosquitto.service\nUser=mosquitto\nDynamicUser=yes\n");
    fake.unit("a.service", "Id=a.service\nUser=\nDynamicUser=no\n");
    const auto states = unit_states({"mqtt.service", "a.service"}, fake.systemd());
    REQUIRE(states.ok());
    CHECK((*states)[0].real_name() == "mosquitto.service");
    CHECK((*states)[0].user == "mosquitto");
    CHECK((*states)[0].has_dynamic_user);
    CHECK((*states)[1].real_name() == "a.service");
    CHECK((*states)[1].user.empty());
    CHECK_FALSE((*states)[1].has_dynamic_user);
}

TEST_CASE("check_unit: without a running systemd, a restart is unsupported") {
    const Folder folder;
    Systemd systemd;
    systemd.systemctl = (folder / "systemctl").native();
    for (const bool is_there : {false, true}) {
        if (is_there) {
            put(folder / "systemctl",
                "#!/bin/sh\necho 'System has not been booted with systemd as init system' >&2\nexit 1\n");
            fs::permissions(folder / "systemctl", fs::perms::owner_all);
        }
        const auto status = check_unit({"a.service", "meter", {}}, systemd);
        CHECK(code_of(status) == ErrorCode::unsupported);
        CHECK(holds(status.error().message, "a.service"));
        CHECK_FALSE(status.error().hint.empty());
    }
}

TEST_CASE("check_unit: a missing or masked unit is named") {
    const FakeSystemd fake;
    fake.unit("a.service");
    fake.unit("gone.service", "LoadState=not-found\nActiveState=inactive\n");
    fake.unit("masked.service", "LoadState=masked\n");
    CHECK(check_unit({"a.service", "meter", {}}, fake.systemd()).ok());
    const auto gone = check_unit({"gone.service", "meter", {}}, fake.systemd());
    CHECK(code_of(gone) == ErrorCode::not_found);
    CHECK(gone.error().message == "there is no unit gone.service");
    CHECK(holds(check_unit({"masked.service", "meter", {}}, fake.systemd()).error().message, "it is masked"));
}

TEST_CASE("check_unit: an owner may restart only a service that runs as that owner") {
    const FakeSystemd fake;
    fake.unit("ssh.service");
    fake.unit("own.service", "User=4801\n");
    Systemd systemd = fake.systemd();
    systemd.policy.judges_owners = true;
    const Owner owner{4801, 4801, "secpi", "/"};
    CHECK(check_unit({"own.service", "meter", owner}, systemd).ok());
    CHECK(code_of(check_unit({"ssh.service", "meter", owner}, systemd)) == ErrorCode::permission);
    systemd.policy.allowed = {"ssh.service"};
    CHECK(check_unit({"ssh.service", "meter", owner}, systemd).ok());
}

TEST_CASE("restart_order: a unit that others need is first, else the name decides") {
    CHECK(restart_order({waits_for("a.service", {"c.service"}), waits_for("b.service", {}),
                         waits_for("c.service", {"network.target"})}) ==
          UnitNames{"b.service", "c.service", "a.service"});
    CHECK(restart_order({waits_for("b.service", {}), waits_for("a.service", {})}) ==
          UnitNames{"a.service", "b.service"});
}

TEST_CASE("restart_order: a dependency on another name of a unit is respected") {
    UnitState broker = waits_for("mosquitto.service", {});
    broker.names = {"mosquitto.service", "mqtt.service"};
    CHECK(restart_order({waits_for("a.service", {"mqtt.service"}), broker}) ==
          UnitNames{"mosquitto.service", "a.service"});
}

TEST_CASE("restart_order: a circle is cut by name, and each unit is there once") {
    CHECK(restart_order({waits_for("c.service", {"a.service"}), waits_for("b.service", {"c.service"}),
                         waits_for("a.service", {"a.service", "b.service"})}) ==
          UnitNames{"a.service", "c.service", "b.service"});
}

TEST_CASE("restart_units: one call restarts each once, in their order") {
    const FakeSystemd fake;
    fake.unit("a.service", "After=b.service\n");
    fake.unit("b.service");
    for (const auto& error : restart_units(roots({"a.service", "b.service", "a.service"}), fake.systemd())) {
        CHECK_FALSE(error.has_value());
    }
    CHECK(times_in(fake.calls(), "restart") == 1);
    CHECK(holds(fake.calls(), "--no-ask-password restart -- b.service a.service\n"));
    CHECK(restart_units({}, fake.systemd()).empty());
}

TEST_CASE("restart_units: only a unit that does not start is named, with its state and last line") {
    const FakeSystemd fake;
    fake.unit("a.service");
    fake.unit("a.service", "InvocationID=2\n", 2);
    fake.unit("b.service");
    fake.unit("b.service", "ActiveState=failed\nResult=exit-code\nExecMainStatus=1\n", 2);
    fake.journal("Traceback\nModuleNotFoundError: No module named 'paho'\n");
    fake.restart_does("echo 'Job for b.service failed' >&2; exit 1\n");
    const RestartErrors errors = restart_units(roots({"a.service", "b.service"}), fake.systemd());
    CHECK_FALSE(errors.at(0).has_value());
    const Error error = errors.at(1).value();
    CHECK(error.code == ErrorCode::failed);
    CHECK(error.hint == "journalctl -u b.service");
    CHECK(error.message ==
          "cannot restart b.service: b.service is failed (exit-code 1): ModuleNotFoundError: No module named 'paho'");
}

TEST_CASE(
    "restart_units: where another unit fails in the same call, a job and a skipped unit are judged by themselves") {
    struct Row {
        const char* what;
        const char* before;
        const char* after;
        const char* words;  // of systemctl
        bool is_restarted;
    };
    constexpr const char* of_other = "Job for bad.service failed because the control process exited.";
    constexpr const char* of_both = "Job for bad.service failed.\nJob for job.service failed because it exited.";
    constexpr const char* of_dependency = "Job for bad.service failed.\nA dependency job for job.service failed.";
    constexpr const char* refused = "Failed to restart job.service: Interactive authentication required.";
    constexpr const char* ended = "Type=oneshot\nActiveState=inactive\nInvocationID=2\n";
    constexpr const char* forgotten = "Type=oneshot\nActiveState=inactive\nInvocationID=\n";
    constexpr const char* skipped = "Type=simple\nActiveState=inactive\nConditionResult=no\nInvocationID=\n";
    const Row rows[] = {
        {"a job that ended", "Type=oneshot\nActiveState=inactive\n", ended, of_other, true},
        {"a job that systemd forgot", forgotten, forgotten, of_other, true},
        {"a job that failed and was forgotten (CollectMode=)", forgotten, forgotten, of_both, false},
        {"a job whose dependency failed", forgotten, forgotten, of_dependency, false},
        {"a job that systemctl was not allowed to start", forgotten, forgotten, refused, false},
        {"a job that ended though systemctl complains", forgotten, ended, refused, true},
        {"a unit whose condition is not met", skipped, skipped, of_other, true},
        {"a simple service that ended", "", "ActiveState=inactive\nInvocationID=2\n", of_other, false},
        {"a service that runs", "", "InvocationID=2\n", of_other, true},
        {"a service that was not restarted", "", "", refused, false},
    };
    for (const Row& row : rows) {
        CAPTURE(row.what);
        const FakeSystemd fake;
        fake.unit("job.service", row.before);
        fake.unit("job.service", row.after, 2);
        fake.unit("bad.service");
        fake.unit("bad.service", "ActiveState=failed\nResult=exit-code\nInvocationID=2\n", 2);
        fake.restart_does(std::string("echo '") + row.words + "' >&2; exit 1\n");
        const RestartErrors errors = restart_units(roots({"bad.service", "job.service"}), fake.systemd());
        CHECK(errors.at(0).has_value());
        CHECK(errors.at(1).has_value() != row.is_restarted);
    }
}

TEST_CASE("is_switched_off: only what a person stopped and disabled") {
    struct Row {
        const char* unit;
        const char* timer;
        bool is_off;
    };
    const Row rows[] = {
        {"ActiveState=inactive\nUnitFileState=disabled\n", "", true},
        {"ActiveState=inactive\nUnitFileState=enabled\n", "", false},
        {"ActiveState=inactive\nUnitFileState=static\n", "", false},
        {"ActiveState=inactive\nUnitFileState=\n", "", false},
        {"ActiveState=inactive\n", "", false},
        {"ActiveState=active\nUnitFileState=disabled\n", "", false},
        {"ActiveState=failed\nUnitFileState=disabled\n", "", false},
        {"ActiveState=inactive\nUnitFileState=static\nTriggeredBy=job.timer\n", "UnitFileState=enabled\n", false},
        {"ActiveState=inactive\nUnitFileState=disabled\nTriggeredBy=job.timer\n", "UnitFileState=enabled\n", false},
        {"ActiveState=inactive\nUnitFileState=static\nTriggeredBy=job.timer\n",
         "ActiveState=inactive\nUnitFileState=disabled\n", true},
    };
    for (const Row& row : rows) {
        CAPTURE(row.unit);
        const FakeSystemd fake;
        fake.unit("job.service", row.unit);
        fake.unit("job.timer", row.timer);
        const auto states = unit_states({"job.service"}, fake.systemd());
        REQUIRE(states.ok());
        CHECK(is_switched_off(states->front(), fake.systemd()) == row.is_off);
    }
}

TEST_CASE("restart_units: a refusal of systemctl is shown with its text") {
    const FakeSystemd fake;
    fake.unit("a.service");
    fake.restart_does(
        "echo 'Failed to restart a.service: Interactive authentication required.' >&2; echo 'See system logs' >&2; "
        "exit 1\n");
    const RestartErrors errors = restart_units(roots({"a.service"}), fake.systemd());
    const Error error = errors.at(0).value();
    CHECK(error.code == ErrorCode::failed);
    CHECK(holds(error.message, "Interactive authentication required."));
    CHECK(holds(error.hint, "root"));
}

TEST_CASE("restart_units: a missing unit stops no other") {
    const FakeSystemd fake;
    fake.unit("a.service");
    fake.unit("gone.service", "LoadState=not-found\n");
    const RestartErrors errors = restart_units(roots({"a.service", "gone.service"}), fake.systemd());
    CHECK_FALSE(errors.at(0).has_value());
    CHECK(errors.at(1).value().code == ErrorCode::not_found);
    CHECK(holds(fake.calls(), "restart -- a.service\n"));
}

TEST_CASE("restart_units: a restart that hangs ends at its limit") {
    const FakeSystemd fake;
    fake.unit("a.service", "ActiveState=deactivating\n");
    fake.restart_does("exec sleep 1000\n");
    Systemd systemd = fake.systemd();
    systemd.restart_timeout = Milliseconds{100};
    const Error error = restart_units(roots({"a.service"}), systemd).at(0).value();
    CHECK(error.code == ErrorCode::timeout);
    CHECK(holds(error.message, "a.service is deactivating"));
}

namespace {

// An agent of root's, and two owners. Only the first one's service is there.
struct TwoOwners {
    FakeSystemd fake;
    Systemd systemd = fake.systemd();
    UnitClaim own{"meter.service", "meter", {4801, 4801, "secpi", "/"}};
    UnitClaim foreign{"meter.service", "spy", {4802, 4802, "secb", "/"}};

    TwoOwners() {
        systemd.policy.judges_owners = true;
        fake.unit("meter.service", "User=4801\n");
        fake.unit("ssh.service");
        fake.journal("a secret\n");
    }
};

}  // namespace

TEST_CASE("restart_units: a unit that the claim's owner may not restart is never given to systemctl") {
    const TwoOwners two;
    const UnitClaim ssh{"ssh.service", "meter", two.own.owner};
    const RestartErrors errors = restart_units({ssh, two.own}, two.systemd);
    CHECK(errors.at(0).value().code == ErrorCode::permission);
    CHECK_FALSE(errors.at(1).has_value());
    CHECK(holds(two.fake.calls(), "restart -- meter.service\n"));
    CHECK(restart_units({ssh}, two.systemd).at(0).has_value());
    CHECK(times_in(two.fake.calls(), "restart") == 1);
}

TEST_CASE("restart_units: a foreign claim does not hurt the owner of the unit") {
    const TwoOwners two;
    const RestartErrors errors = restart_units({two.foreign, two.own}, two.systemd);
    CHECK(errors.at(0).value().code == ErrorCode::permission);
    CHECK_FALSE(errors.at(1).has_value());
    CHECK(times_in(two.fake.calls(), "restart") == 1);
}

TEST_CASE("queue_restart: a foreign unit is not restarted after a crash either") {
    const TwoOwners two;
    CHECK(code_of(queue_restart({two.foreign}, two.systemd)) == ErrorCode::permission);
    CHECK(times_in(two.fake.calls(), "restart") == 0);
    CHECK(queue_restart({two.own}, two.systemd).ok());
    CHECK(holds(two.fake.calls(), "--no-block restart -- meter.service\n"));
}

TEST_CASE("last_words: only those of a unit that the claim's owner may restart") {
    const TwoOwners two;
    const auto states = unit_states({"meter.service"}, two.systemd);
    REQUIRE(states.ok());
    CHECK(last_words(states->front(), two.own, two.systemd) == "a secret");
    CHECK(last_words(states->front(), two.foreign, two.systemd).empty());
}
