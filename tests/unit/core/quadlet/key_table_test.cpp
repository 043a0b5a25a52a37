// SPDX-License-Identifier: Apache-2.0
#include "core/quadlet/key_table.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace gup::quadlet;

TEST_CASE("parse_podman_version: what podman and distributions write") {
    struct Row {
        std::string text;
        PodmanVersion version;
    };
    const std::vector<Row> good{
        {"5.4.2", {5, 4, 2}},
        {"podman version 5.4.2\n", {5, 4, 2}},
        {"podman version 4.9.4-dev", {4, 9, 4}},
        {"podman 4.4.4", {4, 4, 4}},
        {"4.4", {4, 4, 0}},
        {"v5.0.0-rc1", {5, 0, 0}},
        {"5.4.2+ds1", {5, 4, 2}},
    };
    for (const Row& row : good) {
        CAPTURE(row.text);
        CHECK(parse_podman_version(row.text) == row.version);
    }
    for (const char* const text : {"", "5", "five", "5.", "5.x", "5.4.2.1", "5.4 2", "podman", "docker version 24.0.1",
                                   "99999.1", "-5.4", "5.4.", "podman version"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_podman_version(text));
    }
}

TEST_CASE("known_since: the first release of a key, and none for an unknown one") {
    CHECK(known_since(Group::container, "Image") == PodmanVersion{4, 4, 0});
    CHECK(known_since(Group::container, "Memory") == PodmanVersion{5, 5, 0});
    CHECK(known_since(Group::network, "NetworkName") == PodmanVersion{4, 7, 0});
    CHECK_FALSE(known_since(Group::container, "NetworkName"));
    CHECK(knows({5, 5, 0}, Group::container, "Memory"));
    CHECK_FALSE(knows({5, 4, 9}, Group::container, "Memory"));
    CHECK(knows({6, 0, 0}, Group::container, "AppArmor"));
    CHECK(display(PodmanVersion{5, 4, 2}) == "5.4");
}
