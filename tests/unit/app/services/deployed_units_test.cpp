// SPDX-License-Identifier: Apache-2.0
#include "app/services/deployed_units.hpp"

#include "fixture.hpp"

using namespace gup;
using namespace gup::test;

TEST_CASE("deployed_unit: the unit, the image and how it is pulled") {
    const auto web = deployed_unit("gw-web.container",
                                   "[Unit]\nImage=not this\n[Container]\n# Image=nor this\nImage = r/web:100%%\n"
                                   "PodmanArgs=--tty --platform=linux/arm64\n[Service]\nImage=nor this\n");
    REQUIRE(web);
    CHECK(web->unit == "gw-web.service");
    CHECK(web->image == "r/web:100%");
    CHECK(web->platform == "linux/arm64");
    CHECK_FALSE(web->never_pulls);
    const auto kept = deployed_unit("x.container",
                                    "[Container]\nPull=never\nImage=a\nImage=localhost/gup/gw/web:1\n"
                                    "PodmanArgs=--x \\\n  --platform linux/arm/v7\nServiceName=other\n");
    REQUIRE(kept);
    CHECK(kept->never_pulls);
    CHECK(kept->image == "localhost/gup/gw/web:1");
    CHECK(kept->platform == "linux/arm/v7");
    CHECK(kept->unit == "other.service");
}

TEST_CASE("deployed_unit: what else starts containers, and what does not") {
    CHECK(deployed_unit("a.kube", "[Kube]\nYaml=a.yaml\n")->unit == "a.service");
    CHECK(deployed_unit("a.pod", "[Pod]\n")->unit == "a-pod.service");
    CHECK(deployed_unit("folder/a.container", "")->unit == "a.service");
    for (const char* file : {"a.network", "a.volume", "a.image", "a.build", "a.container.bak", ".container", "a",
                             "a@.container", "compose.yaml"}) {
        CHECK_MESSAGE(!deployed_unit(file, "[Container]\nImage=x\n"), file);
    }
}

TEST_CASE("units_error: a machine without systemd, and a user without a manager of units") {
    const Error no_bus{ErrorCode::failed, "cannot list the units: Failed to connect to bus: Host is down", {}};
    const Error no_systemd{ErrorCode::unsupported, "x", {}};
    Systemd systemd;
    CHECK(units_error(no_bus, systemd).message == "systemd does not run this machine");
    CHECK(units_error(no_systemd, systemd).code == ErrorCode::unsupported);
    systemd.user = Owner{1000, 1000, "pi", "/home/pi"};
    CHECK(holds(units_error(no_bus, systemd).hint, "loginctl enable-linger pi"));
    const Error other{ErrorCode::failed, "cannot stop web.service", {}};
    CHECK(units_error(other, systemd).message == other.message);
}

TEST_CASE("deployed_stacks: by the list of generate-units, else by the name of the file") {
    const Folder folder;
    put(folder / ".gup-units.json",
        R"({"schema":1,"stacks":{"gw":["gw-web.container","gw-db.container","gw-default.network"],"empty":["x.network"]}})");
    for (const char* file : {"gw-web.container", "gw-db.container", "gw-default.network", "db.container", "db.pod"}) {
        put(folder / file, "[Container]\nImage=r/x:1\n");
    }
    const auto stacks = deployed_stacks(folder.folder.path(), {"gw", "db", "gw", "none", "empty", "../gw", ""});
    REQUIRE(stacks.ok());
    CHECK(stacks->units() == UnitNames{"gw-db.service", "gw-web.service", "db.service", "db-pod.service"});
    CHECK(stacks->unknown == std::vector<std::string>{"none", "empty", "../gw", ""});
    CHECK(deployed_stacks(folder.folder.path(), {})->units() == UnitNames{"gw-db.service", "gw-web.service"});
    CHECK(deployed_stacks(folder / "none", {})->stacks.empty());
    put(folder / ".gup-units.json", "{");
    CHECK(code_of(deployed_stacks(folder.folder.path(), {"gw"})) == ErrorCode::corrupt);
}
