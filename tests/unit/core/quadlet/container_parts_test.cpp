// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "core/quadlet/container_basics.hpp"
#include "core/quadlet/container_limits.hpp"
#include "core/quadlet/container_network.hpp"
#include "core/quadlet/container_storage.hpp"
#include "quadlet_projects.hpp"

using namespace gup;
using namespace gup::quadlet;
using namespace gup::quadlet::fixtures;
using compose::MountKind;

namespace {

compose::Project with_data(const compose::Service& service) {
    compose::Project project = project_of({service});
    compose::Volume volume;
    volume.key = "data";
    project.volumes = {volume};
    return project;
}

std::string only_text(const compose::Service& web, const Facts& facts = facts_of()) {
    return text_of(render(with_data(web), facts), "gw-web.container");
}

}  // namespace

TEST_CASE("mounts: every kind, and paths with blanks, colons and dollars") {
    struct Row {
        compose::Mount mount;
        const char* line;
    };
    const std::vector<Row> table{
        {{.source = "services/gw/conf", .in_repository = true, .target = "/c", .read_only = true, .selinux = "Z"},
         "Volume=/srv/gw/services/gw/conf:/c:ro,Z"},
        {{.source = "/var/run/docker.sock", .target = "/s"}, "Volume=/var/run/docker.sock:/s"},
        {{.source = "/a b", .target = "/c"}, "PodmanArgs=\"--volume=/a b:/c\""},
        {{.source = "/a$b", .target = "/c"}, "PodmanArgs=--volume=/a$$b:/c"},
        {{.source = "/a%b", .target = "/c"}, "Volume=/a%%b:/c"},
        {{.source = "/a:b", .target = "/c", .read_only = true},
         "PodmanArgs=--mount=type=bind,source=/a:b,destination=/c,ro"},
        {{.kind = MountKind::volume, .source = "data", .target = "/d", .no_copy = true},
         "Volume=gw-data.volume:/d:nocopy"},
        {{.kind = MountKind::volume, .source = "data", .target = "/d e"}, "PodmanArgs=\"--volume=gw_data:/d e\""},
        {{.kind = MountKind::volume, .source = "data", .target = "/d", .subpath = "s"},
         "Mount=type=volume,source=gw-data.volume,destination=/d,subpath=s"},
        {{.kind = MountKind::volume, .target = "/d"}, "Volume=/d"},
        {{.kind = MountKind::tmpfs, .target = "/t", .size = "64", .options = {"noexec"}}, "Tmpfs=/t:size=64,noexec"},
        {{.kind = MountKind::image, .source = "busybox", .target = "/i"},
         "Mount=type=image,source=docker.io/library/busybox:latest,destination=/i"},
    };
    for (const Row& row : table) {
        compose::Service web = service_called("web", "nginx");
        web.mounts = {row.mount};
        CAPTURE(row.line);
        const std::string text = only_text(web);
        CAPTURE(text);
        CHECK(has_line(text, row.line));
    }
    compose::Service web = service_called("web", "nginx");
    web.mounts = {table[7].mount};
    CHECK(has_line(only_text(web), "Requires=gw-data-volume.service"));
    web.mounts = {table[8].mount};
    CHECK_FALSE(render(with_data(web), facts_of(5, 3)).usable());
    web.mounts = {table[6].mount};
    CHECK(has_line(only_text(web, facts_of(4, 6)), "Volume=gw_data:/d:nocopy"));
}

TEST_CASE("mounts: folders of bind mounts are made before the start, but none in those of the system") {
    compose::Service web = service_called("web", "nginx");
    web.mounts = {{.source = "/srv/x y", .target = "/x"},
                  {.source = "/dev/ttyUSB0", .target = "/dev/ttyUSB0"},
                  {.source = "/etc/localtime", .target = "/etc/localtime"}};
    const std::string text = only_text(web);
    CHECK(has_line(text,
                   R"(ExecStartPre=/bin/sh -c "for it; do [ -e \"$$it\" ] || mkdir -p \"$$it\"; done" sh "/srv/x y")"));
    web.mounts.front().create_host_path = false;
    CHECK(only_text(web).find("ExecStartPre") == std::string::npos);
}

TEST_CASE("networks: the service's name is an alias, modes and external networks as podman takes them") {
    compose::Service web = service_called("web", "nginx");
    web.networks.front().aliases = {"www", "web"};
    web.networks.front().ipv4 = "10.0.0.5";
    CHECK(has_line(only_text(web), "Network=gw-default.network:alias=web,alias=www,ip=10.0.0.5"));

    compose::Project project = project_of({web});
    project.networks.front().is_external = true;
    project.networks.front().name = "proxy";
    const UnitSet external = render(project, facts_of());
    CHECK(has_line(text_of(external, "gw-web.container"), "Network=proxy:alias=web,alias=www,ip=10.0.0.5"));
    CHECK(external.files.size() == 1);
    CHECK(external.powers == std::vector<std::string>{"network:proxy"});

    web.networks.clear();
    for (const char* const mode : {"none", "host", "bridge"}) {
        web.network_mode = mode;
        CHECK(has_line(only_text(web), std::string("Network=") + mode));
    }
    web.network_mode = "service:db";
    const std::string text =
        text_of(render(project_of({service_called("db", "postgres"), web}), facts_of()), "gw-web.container");
    CHECK(has_line(text, "Network=container:gw-db"));
    CHECK(has_line(text, "Requires=gw-db.service"));
    web.ports = {{.published = "80", .target = 80}};
    const UnitSet shared = render(project_of({service_called("db", "postgres"), web}), facts_of());
    CHECK(text_of(shared, "gw-web.container").find("PublishPort") == std::string::npos);
    REQUIRE(shared.problems.size() == 1);
    CHECK(shared.problems[0].hint.find("db") != std::string::npos);
}

TEST_CASE("networks: before podman 4.7 the file's name gives the network its name") {
    const UnitSet set = render(project_of({service_called("web", "nginx")}), facts_of(4, 6));
    REQUIRE(set.networks.size() == 1);
    CHECK(set.networks[0].file.starts_with("gw-default-"));
    CHECK("systemd-" + set.networks[0].file == set.networks[0].name + ".network");
    CHECK(text_of(set, "gw-web.container").find("Network=" + set.networks[0].file) != std::string::npos);
    compose::Project project = project_of({service_called("web", "nginx")});
    project.networks.front().name = "explicit";
    CHECK_FALSE(render(project, facts_of(4, 6)).usable());
    CHECK(render(project, facts_of(4, 7)).usable());
}

TEST_CASE("ports: short and long forms, addresses and protocols") {
    struct Row {
        compose::Port port;
        const char* line;
    };
    const std::vector<Row> table{
        {{.published = "8080", .target = 80}, "PublishPort=8080:80"},
        {{.target = 80}, "PublishPort=80"},
        {{.host_ip = "127.0.0.1", .published = "8080", .target = 80}, "PublishPort=127.0.0.1:8080:80"},
        {{.host_ip = "127.0.0.1", .target = 80}, "PublishPort=127.0.0.1::80"},
        {{.host_ip = "::1", .published = "53", .target = 53, .protocol = "udp"}, "PublishPort=[::1]:53:53/udp"},
        {{.published = "9", .target = 9, .protocol = "sctp"}, "PodmanArgs=--publish=9:9/sctp"},
        {{.published = "8000-8010", .target = 80}, "PublishPort=8000:80"},
    };
    for (const Row& row : table) {
        compose::Service web = service_called("web", "nginx");
        web.ports = {row.port};
        CAPTURE(row.line);
        CHECK(has_line(only_text(web), row.line));
    }
}

TEST_CASE("process: user, entrypoint and command as each version takes them") {
    compose::Service web = service_called("web", "nginx");
    const auto line = [&](const Facts& facts, const std::string& expected) {
        return has_line(only_text(web, facts), expected);
    };
    web.user = "1000:1000";
    CHECK(line(facts_of(4, 4), "User=1000"));
    CHECK(line(facts_of(4, 4), "Group=1000"));
    web.user = "node";
    CHECK(line(facts_of(4, 4), "PodmanArgs=--user=node"));
    CHECK(line(facts_of(5, 4), "User=node"));
    web.user = "0755";
    CHECK(line(facts_of(4, 4), "PodmanArgs=--user=0755"));
    web.entrypoint = std::vector<std::string>{"/bin/a b", "c"};
    CHECK(line(facts_of(5, 4), R"(Entrypoint=["/bin/a b","c"])"));
    CHECK(line(facts_of(4, 9), R"(PodmanArgs="--entrypoint=[\"/bin/a b\",\"c\"]")"));
    web.entrypoint = std::vector<std::string>{};
    CHECK(line(facts_of(5, 4), "PodmanArgs=--entrypoint="));
    web.command = std::vector<std::string>{"sh", "-c", "", ";"};
    CHECK(line(facts_of(5, 4), "Exec=sh -c ${GUP_EMPTY} ${GUP_SEMICOLON}"));
    CHECK(line(facts_of(5, 4), "Environment=GUP_EMPTY="));
    CHECK(line(facts_of(5, 4), "Environment=GUP_SEMICOLON=;"));
    web.command = std::vector<std::string>{std::string("a\0b", 3)};
    CHECK_FALSE(render(project_of({web}), facts_of()).usable());
}

TEST_CASE("secrets and configs: names of podman's secrets, files of the folder of configs") {
    compose::Service web = service_called("web", "nginx");
    web.secrets = {{.source = "pw"}, {.source = "pw", .variable = "PW"}, {.source = "ext", .target = "/a", .uid = "1"}};
    web.configs = {{.source = "c", .target = "/etc/c", .mode = "0440"}, {.source = "f", .target = "/f"}};
    compose::Project project = project_of({web});
    project.secrets = {content_of("pw", "", ""), external_content("ext", "real")};
    project.configs = {content_of("c", "", "one"), content_of("f", "services/gw/f", "")};
    Facts facts = facts_of();
    facts.secrets = {{"pw", "gup-gw-pw-1234"}};
    const UnitSet set = render(project, facts);
    const std::string text = text_of(set, "gw-web.container");
    CHECK(has_line(text, "Secret=gup-gw-pw-1234,type=mount,target=pw"));
    CHECK(has_line(text, "Secret=gup-gw-pw-1234,type=env,target=PW"));
    CHECK(has_line(text, "Secret=real,type=mount,target=/a,uid=1"));
    CHECK(has_line(text, "Volume=/srv/gw/services/gw/f:/f:ro"));
    CHECK(set.powers == std::vector<std::string>{"secret:real"});
    REQUIRE(set.configs.size() == 1);
    const auto& [name, content] = *set.configs.begin();
    CHECK(content == "one");
    CHECK(name.starts_with("gw-c-"));
    CHECK(set.config_modes.at(name) == "0440");
    CHECK(has_line(text, "Volume=/srv/.gup/gw/configs/" + name + ":/etc/c:ro"));
    project.configs[0].content = "two";
    CHECK(render(project, facts).configs.begin()->first != name);
    project.configs[0].is_external = true;
    CHECK_FALSE(render(project, facts).usable());
}

TEST_CASE("logging: docker's drivers, and options that podman lacks") {
    compose::Service web = service_called("web", "nginx");
    web.log_driver = "json-file";
    web.log_options = {{"max-size", "10m"}, {"max-file", "3"}};
    const UnitSet set = render(project_of({web}), facts_of());
    const std::string text = text_of(set, "gw-web.container");
    CHECK(has_line(text, "LogDriver=k8s-file"));
    CHECK(has_line(text, "LogOpt=max-size=10m"));
    REQUIRE(set.problems.size() == 1);
    CHECK(set.problems[0].message.find("max-file") != std::string::npos);
    web.log_driver = "gelf";
    web.log_options.clear();
    CHECK(text_of(render(project_of({web}), facts_of()), "gw-web.container").find("LogDriver") == std::string::npos);
}
