#include "host/services.hpp"

#include "systemd_fixture.hpp"

using namespace gup;
using namespace gup::test;

namespace {

using UnitNames = std::vector<std::string>;

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

TEST_CASE("check_units: without a running systemd, a restart is unsupported") {
    const Folder folder;
    Systemd systemd;
    systemd.systemctl = (folder / "systemctl").native();
    for (const bool is_there : {false, true}) {
        if (is_there) {
            put(folder / "systemctl",
                "#!/bin/sh\necho 'System has not been booted with systemd as init system' >&2\nexit 1\n");
            fs::permissions(folder / "systemctl", fs::perms::owner_all);
        }
        const auto status = check_units({"a.service"}, systemd);
        CHECK(code_of(status) == ErrorCode::unsupported);
        CHECK(holds(status.error().message, "a.service"));
        CHECK_FALSE(status.error().hint.empty());
    }
    CHECK(check_units({}, systemd).ok());
}

TEST_CASE("check_units: a missing or masked unit is named") {
    const FakeSystemd fake;
    fake.unit("a.service");
    fake.unit("gone.service", "LoadState=not-found\nActiveState=inactive\n");
    fake.unit("masked.service", "LoadState=masked\n");
    CHECK(check_units({"a.service", "a.service"}, fake.systemd()).ok());
    const auto gone = check_units({"a.service", "gone.service"}, fake.systemd());
    CHECK(code_of(gone) == ErrorCode::not_found);
    CHECK(gone.error().message == "there is no unit gone.service");
    CHECK(holds(check_units({"masked.service"}, fake.systemd()).error().message, "it is masked"));
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
    REQUIRE(restart_units({"a.service", "b.service", "a.service"}, fake.systemd()).empty());
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
    const RestartFailures failures = restart_units({"a.service", "b.service"}, fake.systemd());
    REQUIRE(failures.size() == 1);
    const Error& error = failures.at("b.service");
    CHECK(error.code == ErrorCode::failed);
    CHECK(error.hint == "journalctl -u b.service");
    CHECK(error.message ==
          "cannot restart b.service: b.service is failed (exit-code 1): ModuleNotFoundError: No module named 'paho'");
}

TEST_CASE("restart_units: a refusal of systemctl is shown with its text") {
    const FakeSystemd fake;
    fake.unit("a.service");
    fake.restart_does(
        "echo 'Failed to restart a.service: Interactive authentication required.' >&2; echo 'See system logs' >&2; "
        "exit 1\n");
    const RestartFailures failures = restart_units({"a.service"}, fake.systemd());
    REQUIRE(failures.size() == 1);
    const Error& error = failures.at("a.service");
    CHECK(error.code == ErrorCode::failed);
    CHECK(holds(error.message, "Interactive authentication required."));
    CHECK(holds(error.hint, "root"));
}

TEST_CASE("restart_units: a missing unit stops no other") {
    const FakeSystemd fake;
    fake.unit("a.service");
    fake.unit("gone.service", "LoadState=not-found\n");
    const RestartFailures failures = restart_units({"a.service", "gone.service"}, fake.systemd());
    REQUIRE(failures.size() == 1);
    CHECK(failures.at("gone.service").code == ErrorCode::not_found);
    CHECK(holds(fake.calls(), "restart -- a.service\n"));
}

TEST_CASE("restart_units: a restart that hangs ends at its limit") {
    const FakeSystemd fake;
    fake.unit("a.service", "ActiveState=deactivating\n");
    fake.restart_does("exec sleep 1000\n");
    Systemd systemd = fake.systemd();
    systemd.restart_timeout = Milliseconds{100};
    const RestartFailures failures = restart_units({"a.service"}, systemd);
    REQUIRE(failures.size() == 1);
    CHECK(failures.at("a.service").code == ErrorCode::timeout);
    CHECK(holds(failures.at("a.service").message, "a.service is deactivating"));
}
