// SPDX-License-Identifier: Apache-2.0
#include "host/units/unit_policy.hpp"

#include "fixture.hpp"

using namespace gup;
using namespace gup::test;

namespace {

// A unit of systemd, and an owner's claim to restart it. The agent is root's.
struct Claimed {
    UnitState unit;
    UnitClaim claim{"x.service", "meter", {4801, 4801, "secpi", "/"}};
    UnitPolicy policy;

    explicit Claimed(const std::string& name, const std::string& user = {}) {
        policy.judges_owners = true;
        claim.unit = unit.name = unit.id = name;
        unit.names = {name};
        unit.load = "loaded";
        unit.user = user;
    }
    [[nodiscard]] bool is_allowed() const { return may_restart(unit, claim, policy).ok(); }
    [[nodiscard]] Error refusal() const {
        const auto status = may_restart(unit, claim, policy);
        return status.ok() ? Error{} : status.error();
    }
};

}  // namespace

TEST_CASE("may_restart: a service that runs as the connector's owner, by number or by name") {
    CHECK(Claimed("meter.service", "4801").is_allowed());
    CHECK(Claimed("meter@1.service", "4801").is_allowed());
    CHECK_FALSE(Claimed("meter.service", "4802").is_allowed());
    CHECK_FALSE(Claimed("meter.service", "no-such-user-here").is_allowed());
    Claimed by_name("meter.service", "daemon");
    CHECK_FALSE(by_name.is_allowed());
    by_name.claim.owner = find_owner("daemon").value();
    CHECK(by_name.is_allowed());
}

TEST_CASE("may_restart: a service of root's is refused, with the reason and the lines of gup-agent.toml") {
    const Error error = Claimed("ssh.service").refusal();
    CHECK(error.code == ErrorCode::permission);
    CHECK(error.message == "meter may not restart ssh.service: it runs as root, not as the connector's owner secpi");
    CHECK(holds(error.hint, R"([[connector]])"));
    CHECK(holds(error.hint, R"(name = "meter")"));
    CHECK(holds(error.hint, R"(services = ["ssh.service"])"));
    for (const char* root : {"root", "0", "00"}) CHECK_MESSAGE(!Claimed("a.service", root).is_allowed(), root);
}

TEST_CASE("may_restart: the hint keeps what the operator has listed, and escapes names for TOML") {
    Claimed claimed(R"(dev-disk\x2da.service)");
    claimed.policy.allowed_for["meter"] = {"other.service"};
    CHECK(holds(claimed.refusal().hint, R"(services = ["other.service", "dev-disk\\x2da.service"])"));
}

TEST_CASE("may_restart: nobody restarts a target, neither root nor what the operator lists") {
    Claimed claimed("poweroff.target");
    claimed.policy.allowed = {"poweroff.target"};
    CHECK(claimed.refusal().code == ErrorCode::permission);
    claimed.claim.owner = {};
    CHECK_FALSE(claimed.is_allowed());
    claimed.policy.judges_owners = false;
    CHECK_FALSE(claimed.is_allowed());
}

TEST_CASE("may_restart: the real unit behind an alias decides") {
    Claimed claimed("ssh.service");
    claimed.unit.name = claimed.claim.unit = "meter.service";
    claimed.unit.names = {"ssh.service", "meter.service"};
    CHECK(holds(claimed.refusal().message, "meter.service (ssh.service)"));
    CHECK(holds(claimed.refusal().hint, R"(["ssh.service"])"));
    claimed.policy.allowed_for["meter"] = {"ssh.service"};
    CHECK(claimed.is_allowed());
}

TEST_CASE("may_restart: the user of DynamicUser= proves nothing") {
    Claimed claimed("meter.service", "4801");
    claimed.unit.has_dynamic_user = true;
    CHECK(holds(claimed.refusal().message, "DynamicUser="));
}

TEST_CASE("may_restart: sockets, timers and paths only if the operator lists them") {
    for (const char* name : {"meter.socket", "meter.timer", "meter.path"}) {
        Claimed claimed(name, "4801");
        CHECK_MESSAGE(!claimed.is_allowed(), name);
        claimed.policy.allowed = {name};
        CHECK_MESSAGE(claimed.is_allowed(), name);
    }
}

TEST_CASE("may_restart: a list for one connector is not for another one") {
    Claimed claimed("ssh.service");
    claimed.policy.allowed_for["other"] = {"ssh.service"};
    CHECK_FALSE(claimed.is_allowed());
    claimed.policy.allowed_for["meter"] = {"ssh.service"};
    CHECK(claimed.is_allowed());
}

TEST_CASE("may_restart: root, and the agent of a plain user, keep their freedom") {
    Claimed claimed("ssh.service");
    claimed.claim.owner = {};
    CHECK(claimed.is_allowed());
    Claimed plain("ssh.service");
    plain.policy.judges_owners = false;
    CHECK(plain.is_allowed());
}
