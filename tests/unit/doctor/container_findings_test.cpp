// SPDX-License-Identifier: Apache-2.0
#include "doctor/container_findings.hpp"

#include <doctest/doctest.h>

#include "connector/stacks.hpp"
#include "doctor/container_checks.hpp"
#include "findings_fixture.hpp"
#include "host/podman/objects.hpp"

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
    CHECK_FALSE(has_stacks(top / "none", "services"));
    put(top / "a/services/web/readme.yaml", "");
    CHECK_FALSE(has_stacks(top / "a", "services"));
    for (const char* file :
         {"compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml", "web.compose.yml"}) {
        put(top / file / "services/web" / file, "");
        CHECK_MESSAGE(has_stacks(top / file, "services"), file);
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

TEST_CASE("find_holders: a program that is not podman's has the port of a container") {
    const Folder folder;
    const fs::path& proc = folder.folder.path();
    const std::string tail = " 00000000:0000 0A 0:0 0:0 0 0 0 ";
    put(proc / "net/tcp",
        "0: 00000000:1F90" + tail + "11\n0: 0100007F:0050" + tail + "12\n0: 00000000:0051" + tail + "13\n");
    const auto process = [&](const char* id, const char* name, const char* socket) {
        put(proc / id / "comm", std::string(name) + "\n");
        fs::create_directories(proc / id / "fd");
        fs::create_symlink(std::string("socket:[") + socket + "]", proc / id / "fd/3");
        fs::create_symlink(std::string("socket:[") + socket + "]", proc / id / "fd/4");
    };
    process("100", "nginx", "11");
    process("200", "conmon", "12");
    process("300", "other", "99");
    const std::vector<PublishedPort> ports{port_of("a.container", "8080:80"), port_of("b.container", "80:80"),
                                           port_of("c.container", "8080:80/udp"), port_of("d.container", "9000:80")};
    const auto holders = find_holders(ports, proc);
    REQUIRE(holders.size() == 1);
    CHECK(holders[0].port.file == "a.container");
    CHECK(holders[0].process == "nginx (100)");
    Diagnosis diagnosis;
    diagnose_holders(holders, diagnosis);
    REQUIRE(diagnosis.findings.size() == 1);
    CHECK(diagnosis.findings[0].what == "it wants port 8080, which nginx (100) has");
    CHECK(find_holders(ports, proc / "none").empty());
}

TEST_CASE("layer_bytes: the layers of podman's storage, and a list that is damaged, missing, or a link") {
    const Folder folder;
    const fs::path& top = folder.folder.path();
    CHECK(layer_bytes(top) == 0);
    put(top / "a/overlay-layers/layers.json",
        R"([{"id": "x", "diff-size": 1000}, {"diff-size": 24}, {}, 5, {"diff-size": -3}])");
    CHECK(layer_bytes(top / "a") == 1024);
    put(top / "b/overlay-layers/layers.json", "{");
    CHECK(layer_bytes(top / "b") == 0);
    fs::create_directories(top / "c/overlay-layers");
    fs::create_symlink(top / "a/overlay-layers/layers.json", top / "c/overlay-layers/layers.json");
    CHECK(layer_bytes(top / "c") == 0);
}

TEST_CASE("diagnose_storage and diagnose_online: what keeps images from coming, and units from starting") {
    CHECK(finds_nothing(diagnose_storage, StorageFacts{"/s", 0, 2000, 1000}));
    Diagnosis noted;
    diagnose_storage({"/s", 3U << 20U, 2000, 1000}, noted);
    CHECK(noted.findings.empty());
    CHECK(noted.notes == std::vector<std::string>{"/s: images of containers take 3 MiB"});
    CHECK(holds(only_finding(diagnose_storage, StorageFacts{"/s", 3U << 20U, 1U << 20U, 32U << 20U}).what,
                "images of containers take 3 MiB, and 1 MiB are free"));
    Diagnosis online;
    diagnose_online({}, false, online);
    diagnose_online({"pi"}, true, online);
    CHECK(online.findings.empty());
    diagnose_online({"pi"}, false, online);
    REQUIRE(online.findings.size() == 1);
    CHECK(holds(online.findings[0].hint, "network-online.target"));
}

}  // namespace gup
