// SPDX-License-Identifier: Apache-2.0
#include "host/podman/objects.hpp"

#include "podman_fixture.hpp"

using namespace gup;
using namespace gup::test;

TEST_CASE("make_secret: the value goes through standard input, and never into the arguments") {
    const FakePodman fake;
    fake.answers("secret-create", R"(cat >"$here/value")");
    const std::string value = "pa$$ %s\n\"quoted\"";
    CHECK(make_secret("gup-gw-broker-1a2b3c4d", Secret(value), fake.podman()).ok());
    CHECK(fake.text("value") == value);
    CHECK(fake.calls() == "secret create gup-gw-broker-1a2b3c4d -\n");
    fake.answers("secret-create", "echo 'Error: gup-gw-broker-1a2b3c4d: secret name in use' >&2; exit 125");
    const auto again = make_secret("gup-gw-broker-1a2b3c4d", Secret(value), fake.podman());
    CHECK(code_of(again) == ErrorCode::conflict);
    CHECK_FALSE(holds(again.error().message, "quoted"));
}

TEST_CASE("objects: a name that podman would take for an option never reaches it") {
    const FakePodman fake;
    for (const char* name : {"", "-a", "--all", "a b", "a/b", "a\n", "ä"}) {
        CHECK(code_of(make_secret(name, Secret("x"), fake.podman())) == ErrorCode::invalid_input);
        CHECK(code_of(remove_secret(name, fake.podman())) == ErrorCode::invalid_input);
        CHECK(code_of(remove_network(name, fake.podman())) == ErrorCode::invalid_input);
        CHECK(code_of(has_network(name, fake.podman())) == ErrorCode::invalid_input);
        CHECK(code_of(has_volume(name, fake.podman())) == ErrorCode::invalid_input);
    }
    CHECK(fake.calls().empty());
}

TEST_CASE("objects: names with a prefix, sorted") {
    const FakePodman fake;
    fake.answers("secret-ls", "printf 'gup-gw-b\\nother\\ngup-gw-a\\n'");
    CHECK(podman_secrets("gup-gw-", fake.podman()).value() == std::vector<std::string>{"gup-gw-a", "gup-gw-b"});
    CHECK(podman_secrets("", fake.podman())->size() == 3);
    fake.answers("network-ls", "echo podman");
    CHECK(podman_networks("gw_", fake.podman())->empty());
    fake.answers("volume-ls", "exit 125");
    CHECK_FALSE(podman_volumes("", fake.podman()).ok());
}

TEST_CASE("objects: exit codes 0 and 1 of exists are answers, others are errors") {
    const FakePodman fake;
    for (const int code : {0, 1, 125}) {
        fake.answers("network-exists", "exit " + std::to_string(code));
        fake.answers("volume-exists", "exit " + std::to_string(code));
        const auto network = has_network("gw_default", fake.podman());
        CHECK(network.ok() == (code != 125));
        CHECK(network.value_or(false) == (code == 0));
        CHECK(has_volume("gw_data", fake.podman()).value_or(false) == (code == 0));
    }
}

TEST_CASE("remove_network: one that is gone is fine, one in use is not") {
    const FakePodman fake;
    CHECK(remove_network("gw_default", fake.podman()).ok());
    fake.answers("network-rm",
                 "echo 'Error: unable to find network with name or ID gw_default: network not found' >&2; exit 1");
    CHECK(remove_network("gw_default", fake.podman()).ok());
    fake.answers("network-rm",
                 R"(echo 'Error: "gw_default" has associated containers with it: network is being used' >&2; exit 2)");
    CHECK(code_of(remove_network("gw_default", fake.podman())) == ErrorCode::conflict);
    fake.answers("secret-rm", "echo 'Error: no secret with name or id \"x\": no such secret' >&2; exit 1");
    CHECK(remove_secret("x", fake.podman()).ok());
}
