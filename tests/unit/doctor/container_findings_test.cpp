// SPDX-License-Identifier: Apache-2.0
#include "doctor/container_findings.hpp"

#include <doctest/doctest.h>

#include "doctor/container_checks.hpp"
#include "findings_fixture.hpp"

namespace gup {
namespace {

using test::Folder;
using test::put;

PublishedPort port_of(const char* file, std::string_view value) {
    PublishedPort port = published_port(value).value_or(PublishedPort{});
    port.file = file;
    return port;
}

std::size_t clashes(std::string_view one, std::string_view other) {
    Diagnosis diagnosis;
    diagnose_ports({port_of("a.container", one), port_of("b.container", other)}, diagnosis);
    return diagnosis.findings.size();
}

}  // namespace

TEST_CASE("diagnose_podman: each user whose containers cannot run, with the connectors and what to do") {
    Diagnosis diagnosis;
    diagnose_podman({{"root", {"gw"}, "", ""}, {"pi", {"meter", "heat"}, "no linger", "loginctl enable-linger pi"}},
                    diagnosis);
    REQUIRE(diagnosis.findings.size() == 1);
    CHECK(diagnosis.findings[0].subject == "meter and heat");
    CHECK(diagnosis.findings[0].hint == "loginctl enable-linger pi");
}

TEST_CASE("diagnose_control_groups: version 1, and a memory controller that is off") {
    CHECK(finds_nothing(diagnose_control_groups, ControlGroups{}));
    CHECK(holds(only_finding(diagnose_control_groups, ControlGroups{false, false}).what, "version 1"));
    CHECK(holds(only_finding(diagnose_control_groups, ControlGroups{true, false}).hint, "cgroup_enable=memory"));
    const Folder folder;
    CHECK_FALSE(control_groups(folder.folder.path()).has_unified);
    put(folder / "cgroup.controllers", "cpu memory pids\n");
    CHECK(control_groups(folder.folder.path()).has_memory);
    put(folder / "cgroup.controllers", "cpu memory_x pids\n");
    CHECK_FALSE(control_groups(folder.folder.path()).has_memory);
}

TEST_CASE("diagnose_units_place: a folder that is not there yet when Quadlet runs") {
    CHECK(finds_nothing(diagnose_units_place, UnitsPlace{"/etc/containers/systemd", true}));
    CHECK(only_finding(diagnose_units_place, UnitsPlace{"/etc/containers/systemd", false}).subject ==
          "/etc/containers/systemd");
}

TEST_CASE("published_port: every form of PublishPort=") {
    CHECK(published_port("8080:80")->first == 8080);
    CHECK(published_port(" 8000-8010:8000-8010 ")->last == 8010);
    CHECK(published_port("127.0.0.1:8080:80")->address == "127.0.0.1");
    CHECK(published_port("[::1]:8080:80/udp")->address == "::1");
    CHECK(published_port("[::1]:8080:80/UDP")->protocol == "udp");
    for (const char* value : {"80", "", ":80", "127.0.0.1::80", "x:80", "9-8:80", "80/tcp"})
        CHECK_MESSAGE(!published_port(value), value);
}

TEST_CASE("diagnose_ports: two containers that want one port") {
    CHECK(clashes("8080:80", "8080:81") == 1);
    CHECK(clashes("8080:80", "0.0.0.0:8080:81") == 1);
    CHECK(clashes("8080:80", "127.0.0.1:8080:81") == 1);
    CHECK(clashes("8000-8010:8000-8010", "8005:80") == 1);
    CHECK(clashes("8080:80", "8081:80") == 0);
    CHECK(clashes("8080:80", "8080:80/udp") == 0);
    CHECK(clashes("127.0.0.1:8080:80", "127.0.0.2:8080:80") == 0);
    Diagnosis same;
    diagnose_ports({port_of("a.container", "8080:80"), port_of("a.container", "8080:81")}, same);
    CHECK(same.findings.empty());
}

TEST_CASE("is_floating: no tag and no digest, or the tag latest") {
    for (const char* image :
         {"redis", "redis:latest", "docker.io/grafana/grafana", "127.0.0.1:5000/web", "r:5000/a/b:latest"}) {
        CHECK_MESSAGE(is_floating(image), image);
    }
    for (const char* image : {"redis:7", "redis@sha256:1", "r:5000/web:1", "localhost/gup/gw/web:1", "localhost/x",
                              "x.build", "x.image", ""}) {
        CHECK_MESSAGE(!is_floating(image), image);
    }
}

TEST_CASE("has_stacks: a folder with a compose file, in each of its names") {
    const Folder folder;
    const fs::path& top = folder.folder.path();
    CHECK_FALSE(has_stacks(top / "none"));
    put(top / "a/services/web/readme.yaml", "");
    CHECK_FALSE(has_stacks(top / "a"));
    for (const char* file :
         {"compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml", "web.compose.yml"}) {
        put(top / file / "services/web" / file, "");
        CHECK_MESSAGE(has_stacks(top / file), file);
    }
}

TEST_CASE("read_quadlet_files: the ports and images of the folder and of the folders in it") {
    const Folder folder;
    put(folder / "gup-gw/gw-web.container", "[Container]\nImage=redis\nPublishPort=8080:80\nPublishPort=81\n");
    put(folder / "db.container", "[Container]\nImage = redis:7\nPublishPort = 6379:6379\n");
    put(folder / "x.network", "[Network]\nImage=redis\n");
    const QuadletFiles files = read_quadlet_files(folder.folder.path());
    REQUIRE(files.ports.size() == 2);
    CHECK(files.ports[0].file == "db.container");
    CHECK(files.ports[1].file == "gup-gw/gw-web.container");
    REQUIRE(files.images.size() == 1);
    CHECK(files.images[0].image == "redis");
    CHECK(read_quadlet_files(folder / "none").ports.empty());
}

}  // namespace gup
