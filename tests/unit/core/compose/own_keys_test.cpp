// SPDX-License-Identifier: Apache-2.0
// x-quadlet, x-gup, links, and the host's network by its name.
#include <doctest/doctest.h>

#include <string>

#include "compose_fixture.hpp"

using namespace gup;
using namespace gup::compose;
using namespace gup::test;

TEST_CASE("load: x-quadlet has lines for the units, in their order") {
    const Loaded loaded = load_service("x-quadlet:\n  Container: {PodmanArgs: [--a, --b]}\n  Service: {RestartSec: 5}");
    REQUIRE_MESSAGE(loaded.usable(), all_of(loaded.problems));
    const RawSections& sections = loaded.project.services.at(0).quadlet;
    CHECK(sections.at("Container") == RawSections::mapped_type{{"PodmanArgs", "--a"}, {"PodmanArgs", "--b"}});
    CHECK(sections.at("Service") == RawSections::mapped_type{{"RestartSec", "5"}});
    const std::pair<const char*, const char*> table[] = {
        {"x-quadlet: {Contaner: {A: b}}", "x-quadlet has no key Contaner\nhint: did you mean Container?"},
        {"x-quadlet: {Unit: {\"A=b\": c}}", "A=b is no key of a unit"},
        {"x-quadlet: {Unit: {A: \"b\\nExecStart=c\"}}", "the value of A has more than one line"},
        {"x-quadlet: {Unit: [a]}", "Unit wants a mapping, not a list"},
        {"x-quadlet: a", "x-quadlet wants a mapping, not a text"},
    };
    for (const auto& [keys, wanted] : table) {
        CAPTURE(keys);
        const std::string problems = all_of(load_service(keys).problems);
        CHECK_MESSAGE(problems.find(wanted) != std::string::npos, problems);
    }
}

TEST_CASE("load: a one-shot is told by x-gup, or by the utility's label") {
    const std::pair<const char*, bool> table[] = {
        {"x-gup: oneshot", true},
        {"x-gup: {oneshot: true}", true},
        {"x-gup: {oneshot: false}", false},
        {"labels: {com.centOS.systemd.type: oneshot}", true},
        {"labels: [com.example.systemd.type=oneshot]", true},
        {"labels: {com.example.systemd.type: simple}", false},
        {"labels: {org.systemd.type: oneshot}", false},
        {"restart: \"no\"", false},
    };
    for (const auto& [keys, wanted] : table) {
        CAPTURE(keys);
        const Loaded loaded = load_service(keys);
        REQUIRE_MESSAGE(loaded.usable(), all_of(loaded.problems));
        CHECK(loaded.project.services.at(0).is_oneshot == wanted);
    }
}

TEST_CASE("load: a secret may be a variable; one that is not declared is podman's") {
    const Loaded loaded =
        load_service("secrets: [{source: s, x-gup: {type: env, target: TOKEN}}, {source: t, x-gup: {type: env}}]");
    REQUIRE_MESSAGE(loaded.usable(), all_of(loaded.problems));
    CHECK(loaded.project.services.at(0).secrets.at(0).variable == "TOKEN");
    CHECK(loaded.project.services.at(0).secrets.at(1).variable == "t");
    REQUIRE(loaded.project.secrets.size() == 2);
    CHECK(loaded.project.secrets[0].is_external);
    CHECK(texts_of(loaded.problems).at(0) ==
          "services/gw/compose.yaml:4:15: warning: the secret s is not declared; podman's secret of this name is used");
}

TEST_CASE("load: a link is a dependency and an alias") {
    const Loaded loaded = load_stack("services:\n  web: {image: w, links: [\"db:database\", db]}\n  db: {image: d}\n");
    REQUIRE_MESSAGE(loaded.usable(), all_of(loaded.problems));
    CHECK(loaded.project.find("web")->depends_on.at(0).service == "db");
    CHECK(loaded.project.find("db")->networks.at(0).aliases == std::vector<std::string>{"database"});
    CHECK(
        all_of(
            load_stack("services:\n  web: {image: w, links: [\"db:x\"]}\n  db: {image: d}\n  x: {image: x}\n").problems)
            .find("services/gw/compose.yaml:2:27: the link's alias x is the name of another service, too") !=
        std::string::npos);
}

TEST_CASE("load: an external network called host is the host's network") {
    const Loaded loaded = load_stack(
        "services:\n  web: {image: w, networks: [outside]}\nnetworks: {outside: {external: true, name: host}}\n");
    REQUIRE_MESSAGE(loaded.usable(), all_of(loaded.problems));
    CHECK(loaded.project.services.at(0).network_mode == "host");
    CHECK(loaded.project.services.at(0).networks.empty());
    CHECK(loaded.project.networks.empty());
}

TEST_CASE("load: a mounted path must survive a release where that is known") {
    compose::LoadOptions options;
    options.persist = std::vector<std::string>{"services/gw/data/"};
    CHECK(load_service("volumes: [\"./data/db:/db\", \"./compose.yaml:/c:ro\", \"/srv:/srv\"]", options)
              .problems.empty());
    CHECK(texts_of(load_service("volumes: [\"./state:/state\"]", options).problems) ==
          std::vector<std::string>{"services/gw/compose.yaml:4:15: services/gw/state is not in the repository"});
    CHECK(load_service("volumes: [\"./state:/state\"]").problems.empty());
}
