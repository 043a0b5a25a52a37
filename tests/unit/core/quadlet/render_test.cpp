// SPDX-License-Identifier: Apache-2.0
#include "core/quadlet/render.hpp"

#include <doctest/doctest.h>

#include <sstream>
#include <vector>

#include "core/quadlet/key_table.hpp"
#include "quadlet_projects.hpp"

using namespace gup;
using namespace gup::quadlet;
using namespace gup::quadlet::fixtures;
using std::chrono::seconds;

namespace {

std::optional<Group> group_of(const std::string& section) {
    if (section == "[Container]") return Group::container;
    if (section == "[Network]") return Group::network;
    if (section == "[Volume]") return Group::volume;
    if (section == "[Build]") return Group::build;
    return std::nullopt;
}

// Each key of a section of Quadlet's that this podman does not know.
std::vector<std::string> unknown_keys(const UnitSet& set, const PodmanVersion& podman) {
    std::vector<std::string> result;
    for (const File& file : set.files) {
        std::istringstream lines{file.text};
        std::optional<Group> group;
        for (std::string line; std::getline(lines, line);) {
            if (line.starts_with('[')) group = group_of(line);
            const std::size_t sign = line.find('=');
            if (!group || sign == std::string::npos) continue;
            const std::string key = line.substr(0, sign);
            if (!knows(podman, *group, key)) result.push_back(file.name + ": " + key);
        }
    }
    return result;
}

std::string errors_of(const UnitSet& set) {
    std::string result;
    for (const Problem& it : set.problems) {
        if (it.severity == Severity::error) result += display(it, "") + '\n';
    }
    return result;
}

}  // namespace

TEST_CASE("render: one service, its network, and nothing else") {
    const UnitSet set = render(project_of({service_called("web", "nginx:1.27")}), facts_of());
    REQUIRE(set.files.size() == 2);
    CHECK(set.files[0].name == "gw-default.network");
    CHECK(set.files[1].name == "gw-web.container");
    CHECK(set.files[1].text ==
          "# Made by gup-agent from services/gw/compose.yaml; it overwrites changes.\n"
          "\n[Unit]\nDescription=web of gw\nPartOf=gup-gw.target\n"
          "\n[Container]\nImage=docker.io/library/nginx:1.27\nContainerName=gw-web\n"
          "Network=gw-default.network:alias=web\n"
          "\n[Service]\nTimeoutStartSec=900\n"
          "\n[Install]\nWantedBy=gup-gw.target\n");
    REQUIRE(set.units.size() == 2);
    CHECK(set.units[0].name == "gw-default-network.service");
    CHECK(set.units[1].name == "gw-web.service");
    CHECK(set.units[1].service == "web");
    REQUIRE(set.networks.size() == 1);
    CHECK(set.networks[0].name.starts_with("gw_default-"));
    CHECK(has_line(set.files[0].text, "NetworkName=" + set.networks[0].name));
    CHECK(set.powers.empty());
    CHECK(set.problems.empty());
}

TEST_CASE("render: no key is newer than podman, for each version and a service with every setting") {
    for (const auto& [major, minors] : {std::pair{4U, 10U}, {5U, 9U}}) {
        for (unsigned minor = major == 4 ? 4 : 0; minor < minors; ++minor) {
            const Facts facts = facts_of(major, minor);
            CAPTURE(display(facts.podman));
            const UnitSet set = render(everything(), facts);
            CHECK(errors_of(set).empty());
            CHECK(unknown_keys(set, facts.podman).empty());
            const UnitSet again = render(everything(), facts);
            REQUIRE(again.files.size() == set.files.size());
            for (std::size_t i = 0; i < set.files.size(); ++i) CHECK(again.files[i].text == set.files[i].text);
        }
    }
}

TEST_CASE("render: podman without Quadlet is refused, with the version to install") {
    const UnitSet set = render(everything(), facts_of(4, 3));
    CHECK(set.files.empty());
    REQUIRE(set.problems.size() == 1);
    CHECK(set.problems[0].message.find("podman 4.3 has no Quadlet") != std::string::npos);
    CHECK_FALSE(set.usable());
}

TEST_CASE("render: what the operator must allow") {
    const UnitSet set = render(everything(), facts_of());
    const std::vector<std::string> expected{"capability:NET_ADMIN",
                                            "device-cgroup:c 188:* rw",
                                            "device:/dev/ttyUSB0",
                                            "device:/dev/x",
                                            "host-cgroup",
                                            "host-ipc",
                                            "host-pid",
                                            "host-uts",
                                            "mount:/etc/localtime",
                                            "privileged",
                                            "security:apparmor=unconfined",
                                            "security:label=disable",
                                            "security:label=type:spc_t",
                                            "security:seccomp=unconfined",
                                            "security:systempaths=unconfined"};
    CHECK(set.powers == expected);
}

TEST_CASE("render: the ways around the list of powers are on it, or refused") {
    compose::Service web = service_called("web", "nginx");
    web.networks.clear();
    web.network_mode = "ns:/proc/1/ns/net";
    web.userns_mode = "container:other";
    web.annotations["run.oci.hooks.stderr"] = "/x";
    web.log_driver = "k8s-file";
    web.log_options["path"] = "/etc/cron.d/x";
    web.runtime = "/tmp/runtime";
    web.quadlet["Container"] = {{"PodmanArgs", "--privileged"}};
    web.mounts = {{.kind = compose::MountKind::volume, .source = "data", .target = "/d", .options = {"upperdir=/etc"}}};
    compose::Project project = project_of({web});
    compose::Volume volume;
    volume.key = "data";
    volume.name = "other_data";
    volume.options = {{"type", "none"}, {"device", "/root"}, {"o", "bind,lowerdir=/etc"}};
    project.volumes = {volume};
    project.networks.clear();
    const UnitSet set = render(project, facts_of());
    CHECK(errors_of(set).empty());
    const std::vector<std::string> expected{"annotation:run.oci.hooks.stderr",
                                            "log-file:/etc/cron.d/x",
                                            "mount:/root",
                                            "mount:bind,lowerdir=/etc",
                                            "mount:upperdir=/etc",
                                            "network:ns:/proc/1/ns/net",
                                            "runtime:/tmp/runtime",
                                            "userns:container:other",
                                            "volume:other_data",
                                            "x-quadlet"};
    CHECK(set.powers == expected);

    project.volumes.front().name = "/etc";
    CHECK_FALSE(render(project, facts_of()).usable());
    project.volumes.front().name = "ok";
    compose::Network network;
    network.key = "n";
    network.name = "host";
    network.is_external = true;
    project.networks = {network};
    CHECK_FALSE(render(project, facts_of()).usable());
    project.networks.clear();
    project.services.front().image = "dir:/etc";
    CHECK_FALSE(render(project, facts_of()).usable());
    project.services.front().image = "nginx";
    project.services.front().container_name = "x --privileged";
    CHECK_FALSE(render(project, facts_of()).usable());
    project.services.front().container_name = "";
    project.services.front().quadlet["Service"] = {{"A", "b\nExecStart=/bin/sh"}};
    CHECK_FALSE(render(project, facts_of()).usable());
}

TEST_CASE("render: the label of podman auto-update is left out with a warning") {
    compose::Service web = service_called("web", "nginx");
    web.labels = {{"io.containers.autoupdate", "registry"}, {"keep", "x"}};
    const UnitSet set = render(project_of({web}), facts_of());
    const std::string text = text_of(set, "gw-web.container");
    CHECK(text.find("autoupdate") == std::string::npos);
    CHECK(has_line(text, "Label=keep=x"));
    REQUIRE(set.problems.size() == 1);
    CHECK(set.problems[0].severity == Severity::warning);
}

TEST_CASE("render: the files of containers with values are secret") {
    compose::Service web = service_called("web", "nginx");
    Facts facts = facts_of();
    const auto is_secret = [&] { return render(project_of({web}), facts).files[1].is_secret; };
    CHECK_FALSE(is_secret());
    facts.has_outside_variables = true;
    CHECK(is_secret());
    facts.has_outside_variables = false;
    facts.global_environment = {{"X", "1"}};
    CHECK(is_secret());
    facts.global_environment.clear();
    web.environment = {{.name = "PASSWORD", .value = "x"}};
    CHECK(is_secret());
}

TEST_CASE("render: global variables are in each container, and the service's own value wins") {
    compose::Service web = service_called("web", "nginx");
    web.environment = {{.name = "A", .value = "own"}, {.name = "B", .value = {}}, {.name = "C", .value = {}}};
    Facts facts = facts_of();
    facts.global_environment = {{"A", "all"}, {"B", "all"}, {"D", "x y"}};
    const std::string text = text_of(render(project_of({web}), facts), "gw-web.container");
    for (const char* const line :
         {"Environment=A=own", "Environment=B=all", "PodmanArgs=--unsetenv=C", "Environment=\"D=x y\""}) {
        CAPTURE(line);
        CHECK(has_line(text, line));
    }
}

TEST_CASE("render: without a prefix names are bare, but networks and volumes keep the project's name") {
    compose::Project project = project_of({service_called("db", "postgres:16")});
    compose::Volume volume;
    volume.key = "data";
    project.volumes = {volume};
    Facts facts = facts_of();
    facts.prefix = "";
    const UnitSet set = render(project, facts);
    REQUIRE(set.files.size() == 3);
    CHECK(set.files[0].name == "db.container");
    CHECK(set.files[1].name == "gw-data.volume");
    CHECK(set.files[2].name == "gw-default.network");
    CHECK(has_line(set.files[0].text, "ContainerName=db"));
    CHECK(set.volumes == std::vector<std::string>{"gw_data"});
}

TEST_CASE("render: only some services, as with --deploy-services") {
    compose::Service web = service_called("web", "nginx");
    web.depends_on = {{.service = "db"}};
    Facts facts = facts_of();
    facts.services = {"web"};
    const UnitSet set = render(project_of({service_called("db", "postgres"), web}), facts);
    CHECK(text_of(set, "gw-db.container").empty());
    CHECK(has_line(text_of(set, "gw-web.container"), "Wants=gw-db.service"));
}

TEST_CASE("render: two units of one name are refused") {
    const UnitSet set =
        render(project_of({service_called("default-network", "nginx"), service_called("web", "nginx")}), facts_of());
    CHECK(errors_of(set).find("two units would be called gw-default-network.service") != std::string::npos);
}

TEST_CASE("render: the target of somebody else is followed, and the unit starts at boot by itself") {
    Facts facts = facts_of();
    facts.target = "all-containers.target";
    facts.adds_part_of_only = true;
    const auto text = [&] {
        return text_of(render(project_of({service_called("web", "nginx")}), facts), "gw-web.container");
    };
    CHECK(has_line(text(), "PartOf=all-containers.target"));
    CHECK(text().ends_with("\n[Install]\nWantedBy=multi-user.target\n"));
    facts.is_rootless = true;
    CHECK(text().ends_with("\n[Install]\nWantedBy=default.target\n"));
}

TEST_CASE("render: a target that would be another line of the unit is refused") {
    Facts facts = facts_of();
    for (const char* const text : {"a.target\n[Service]\nExecStart=/bin/sh", "a b", "%h.target"}) {
        facts.target = text;
        const UnitSet set = render(project_of({service_called("web", "nginx")}), facts);
        CHECK_FALSE(set.usable());
        CHECK(set.files.empty());
    }
}

TEST_CASE("render_target: wanted by the start of the machine, or of the user's manager") {
    CHECK(render_target("gw", false) ==
          "# Made by gup-agent; it overwrites changes.\n\n[Unit]\nDescription=Containers of gw\n\n[Install]\n"
          "WantedBy=multi-user.target\n");
    CHECK(render_target("gw", true).ends_with("WantedBy=default.target\n"));
}

TEST_CASE("render: build makes a .build file, from podman 5.2 on") {
    compose::Service web = service_called("web", "");
    web.build =
        compose::Build{.context = "services/gw/app", .dockerfile = {}, .target = "run", .arguments = {{"V", "1"}}};
    const UnitSet set = render(project_of({web}), facts_of());
    const std::string text = text_of(set, "gw-web.build");
    for (const char* const line :
         {"ImageTag=localhost/gw/web:latest", "SetWorkingDirectory=/srv/gw/services/gw/app",
          "File=/srv/gw/services/gw/app/Dockerfile", "Target=run", "PodmanArgs=--build-arg=V=1"}) {
        CAPTURE(line);
        CHECK(has_line(text, line));
    }
    CHECK(has_line(text_of(set, "gw-web.container"), "Image=gw-web.build"));
    CHECK(set.powers == std::vector<std::string>{"build"});
    CHECK(has_line(text_of(render(project_of({web}), facts_of(5, 7)), "gw-web.build"), "BuildArg=V=1"));
    CHECK(errors_of(render(project_of({web}), facts_of(5, 1))).find("build needs podman 5.2") != std::string::npos);
}
