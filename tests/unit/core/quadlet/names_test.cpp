// SPDX-License-Identifier: Apache-2.0
#include "core/quadlet/names.hpp"

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

using namespace gup;
using namespace gup::quadlet;

TEST_CASE("image_in_unit: a registry and a version for short names, or what the facts say") {
    Facts facts;
    facts.images = {{"kept", "localhost/gup/gw/web:3"}};
    const std::string digest = "@sha256:" + std::string(64, 'a');
    const std::vector<std::pair<std::string, std::string>> table{
        {"nginx", "docker.io/library/nginx:latest"},
        {"nginx:1.27", "docker.io/library/nginx:1.27"},
        {"grafana/grafana", "docker.io/grafana/grafana:latest"},
        {"ghcr.io/a/b:1", "ghcr.io/a/b:1"},
        {"localhost/x", "localhost/x:latest"},
        {"registry:5000/x", "registry:5000/x:latest"},
        {"a/b" + digest, "docker.io/a/b" + digest},
        {"kept", "localhost/gup/gw/web:3"},
    };
    for (const auto& [image, expected] : table) CHECK(image_in_unit(facts, image).value_or("") == expected);
}

TEST_CASE("image_in_unit: no paths, transports, options and files of Quadlet") {
    for (const char* const image :
         {"dir:/etc/x", "docker.io//x:1", "docker.io/X:1", "docker.io/x:", "docker.io/", "x:1 --privileged", "a b:1",
          "x@sha256:12", "x:1.image", "oci-archive:/x.tar", "", "-x", "x:a.build"}) {
        CAPTURE(image);
        CHECK_FALSE(image_in_unit({}, image).ok());
    }
}

TEST_CASE("is_resource_name: names only, no paths and modes") {
    for (const char* const name : {"data", "a.b_c-d", "0"}) CHECK(is_resource_name(name));
    for (const char* const name :
         {"", "/etc", "a/b", "ns:/proc/1/ns/net", "-v", ".x", "x.volume", "x.network", "a b", "a:b", "é"}) {
        CAPTURE(name);
        CHECK_FALSE(is_resource_name(name));
    }
}

TEST_CASE("network_name: another specification is another name, an explicit name stays") {
    compose::Project project;
    project.name = "gw";
    compose::Network network;
    network.key = "default";
    const std::string plain = network_name(project, network);
    CHECK(plain.starts_with("gw_default-"));
    CHECK(plain.size() == std::string("gw_default-").size() + 8);
    network.subnets.push_back({.subnet = "10.0.0.0/24", .gateway = {}, .range = {}});
    const std::string with_subnet = network_name(project, network);
    CHECK(with_subnet != plain);
    network.subnets.front() = {.subnet = {}, .gateway = "10.0.0.0/24", .range = {}};
    CHECK(network_name(project, network) != with_subnet);
    network.name = "shared";
    CHECK(network_name(project, network) == "shared");
}

TEST_CASE("unit_of_file: as Quadlet calls them") {
    CHECK(unit_of_file("gw-web.container") == "gw-web.service");
    CHECK(unit_of_file("gw-default.network") == "gw-default-network.service");
    CHECK(unit_of_file("gw-a.b.volume") == "gw-a.b-volume.service");
    CHECK(unit_of_file("gw-web.build") == "gw-web-build.service");
}
