// SPDX-License-Identifier: Apache-2.0
#include "host/podman/podman.hpp"

#include <unistd.h>

#include "host/podman/quadlet.hpp"
#include "podman_fixture.hpp"

using namespace gup;
using namespace gup::test;

TEST_CASE("podman_version: a machine without podman is told what to install") {
    const Folder folder;
    Podman podman;
    podman.program = (folder / "podman").native();
    const auto version = podman_version(podman);
    CHECK(code_of(version) == ErrorCode::unsupported);
    CHECK(holds(version.error().message, "podman is not installed"));
    CHECK(holds(version.error().hint, "apt install podman"));
}

TEST_CASE("podman_version: words that are no version are shown, made printable") {
    const FakePodman fake;
    CHECK(version_text(*podman_version(fake.podman())) == "5.4.2");
    fake.answers("--version", R"(printf 'podman \033[31m\n')");
    const auto version = podman_version(fake.podman());
    CHECK(code_of(version) == ErrorCode::failed);
    CHECK_FALSE(holds(version.error().message, "\033"));
}

TEST_CASE("check_podman: podman before 4.4 has no Quadlet, and the hint says which system has one") {
    const FakePodman fake;
    Podman podman = fake.podman();
    podman.quadlet.clear();
    fake.answers("--version", "echo 'podman version 4.3.1'");
    const auto facts = check_podman(podman);
    CHECK(code_of(facts) == ErrorCode::unsupported);
    CHECK(holds(facts.error().message, "podman 4.3.1 has no Quadlet"));
    CHECK(holds(facts.error().hint, "Debian 13"));
}

TEST_CASE("container_states: the unit, the image and the health of each container") {
    const FakePodman fake;
    fake.answers("ps", R"sh(cat <<'EOF'
[{"Names":["gw-web"],"Image":"localhost/gup/gw/web:1","ImageID":"abc","State":"running","Status":"Up 2 minutes (healthy)",
  "Labels":{
        "PODMAN_SYSTEMD_UNIT" : "gw-web.service"}
},
 {"Names":["sick"],"Image":"x","ImageID":"def","State":"running","Status":"Up 1 second (unhealthy)","Labels":null},
 {"Names":["new"],"Image":"x","ImageID":"def","State":"created","Status":"Created","Labels":{"a":"b"}},
 {"Names":["slow"],"Image":"x","ImageID":"def","State":"running","Status":"Up 1 second (starting)","Labels":{}}]
EOF)sh");
    const auto containers = container_states(fake.podman());
    REQUIRE(containers.ok());
    REQUIRE(containers->size() == 4);
    CHECK((*containers)[0].name == "gw-web");
    CHECK((*containers)[0].unit == "gw-web.service");
    CHECK((*containers)[0].image == "localhost/gup/gw/web:1");
    CHECK((*containers)[0].health == "healthy");
    CHECK((*containers)[1].health == "unhealthy");
    CHECK((*containers)[1].unit.empty());
    CHECK((*containers)[2].health.empty());
    CHECK((*containers)[2].state == "created");
    CHECK((*containers)[3].health == "starting");
    fake.answers("ps", "echo not json");
    CHECK_FALSE(container_states(fake.podman()).ok());
}

TEST_CASE("quadlet_dry_run: the units by name, and the complaint of each file") {
    const FakePodman fake;
    fake.answers("dryrun", R"(cat <<'EOF'
---gw-default-network.service---
[Service]
ExecStart=podman network create

---gw-web.service---
[Unit]
Description=--- not a header ---
EOF
cat >&2 <<'EOF'
quadlet-generator[1]: Loading source unit file /x/gw-web.container
quadlet-generator[1]: Warning: gw-web.container specifies the image "redis" which not a fully qualified image name.
quadlet-generator[1]: converting "gw-bad.container": unsupported key 'Foo' in group 'Container' in /x/gw-bad.container
converting "gw-worse.container": no Image or Rootfs key specified
EOF
exit 1)");
    const auto run = quadlet_dry_run("/x", fake.podman());
    REQUIRE(run.ok());
    CHECK(run->units.size() == 2);
    CHECK(run->units.at("gw-web.service") == "[Unit]\nDescription=--- not a header ---\n");
    REQUIRE(run->complaints.size() == 3);
    CHECK(run->complaints[0].file == "gw-web.container");
    CHECK(run->complaints[1].file == "gw-bad.container");
    CHECK(holds(run->complaints[1].text, "unsupported key 'Foo'"));
    CHECK(run->complaints[2].file == "gw-worse.container");
    CHECK(holds(fake.calls(), "--dryrun in /x"));
    CHECK_FALSE(holds(fake.calls(), "--user"));

    CHECK(check_dry_run(*run, {"gw-web.service", "gw-default-network.service"}).ok());
    const auto missing = check_dry_run(*run, {"gw-web.service", "gw-bad.service"});
    CHECK(code_of(missing) == ErrorCode::invalid_input);
    CHECK(holds(missing.error().message, "gw-bad.service"));
    CHECK(holds(missing.error().message, "unsupported key 'Foo'"));
    CHECK_FALSE(holds(missing.error().message, "gw-web.service,"));
}

TEST_CASE("quadlet_dry_run: podman 4.4 ends with success when it refused a file, so the missing unit shows it") {
    const FakePodman fake;
    fake.answers("dryrun", "echo 'quadlet-generator[1]: Error converting /x/a.container: bad' >&2; exit 0");
    const auto run = quadlet_dry_run("/x", fake.podman());
    REQUIRE(run.ok());
    CHECK(run->units.empty());
    CHECK(run->complaints.front().file == "a.container");
    CHECK_FALSE(check_dry_run(*run, {"a.service"}).ok());
}

TEST_CASE("quadlet_dry_run: a generator that fails without a word, or is not there, is an error") {
    const FakePodman fake;
    fake.answers("dryrun", "exit 2");
    CHECK(code_of(quadlet_dry_run("/x", fake.podman())) == ErrorCode::failed);
    Podman podman = fake.podman();
    podman.quadlet += "-gone";
    CHECK_FALSE(quadlet_dry_run("/x", podman).ok());
}
