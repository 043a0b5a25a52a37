// SPDX-License-Identifier: Apache-2.0
#include "core/stack/stack_claims.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "core/stack/stack_set.hpp"
#include "stack_fixtures.hpp"

namespace gup {
namespace {

using stacks::files_with;
using stacks::Texts;

StackClaim port(const std::string& name, const std::string& address) {
    return {"port", name, address, {"services/gw/compose.yaml", 5, 14}};
}

StackSet set_of(const std::string& one, const std::string& other, bool has_bare_names = false) {
    const StackFiles files = files_with(
        {{"services/a/compose.yaml", "services:\n" + one}, {"services/b/compose.yaml", "services:\n" + other}});
    Gupfile gupfile;
    gupfile.services.has_bare_names = has_bare_names;
    StackFacts facts;
    facts.connector = "gw";
    facts.repository = "/r";
    return render_stacks(read_stacks(files, gupfile, {}), files, facts, gupfile.services, {});
}

std::string errors_of(const StackSet& set) {
    std::string out;
    for (const Problem& problem : set.problems) {
        if (problem.severity == Severity::error) out += display(problem, "") + "\n";
    }
    return out;
}

}  // namespace

TEST_CASE("clash: ports are the machine's, names are the user's") {
    struct Pair {
        StackClaim one, other;
        bool clashes_of_one_user, clashes;
    };
    const std::vector<Pair> table{
        {port("80/tcp", ""), port("80/tcp", ""), true, true},
        {port("80/tcp", "127.0.0.1"), port("80/tcp", "0.0.0.0"), true, true},
        {port("80/tcp", "127.0.0.1"), port("80/tcp", "127.0.0.2"), false, false},
        {port("80/tcp", "::1"), port("80/tcp", "0.0.0.0"), false, false},
        {port("80/tcp", ""), port("80/udp", ""), false, false},
        {port("80/tcp", ""), port("8080/tcp", ""), false, false},
        {{"unit", "a.service", "", {}}, {"unit", "a.service", "", {}}, true, false},
        {{"volume", "a", "", {}}, {"network", "a", "", {}}, false, false},
    };
    for (const Pair& pair : table) {
        CAPTURE(pair.one.name + pair.one.address + pair.other.name + pair.other.address);
        CHECK(clash(pair.one, pair.other, true) == pair.clashes_of_one_user);
        CHECK(clash(pair.other, pair.one, false) == pair.clashes);
    }
}

TEST_CASE("find_clash: names both connectors and both places") {
    const ClaimHolder mine{"gw", "", {port("80/tcp", ""), {"unit", "gw-a.service", "", {"c.yaml", 2, 3}}}};
    const ClaimHolder its{"heat", "1000", {{"port", "80/tcp", "", {"services/x/compose.yaml", 7, 1}}}};
    const auto found = find_clash(mine, {mine, its});
    REQUIRE(found);
    CHECK(found->message ==
          "services/gw/compose.yaml:5:14: heat has the port 80/tcp, too (services/x/compose.yaml:7:1)");
    CHECK_FALSE(find_clash(mine, {mine}));  // its own units that run
    CHECK_FALSE(
        find_clash({"gw", "1001", {{"container", "x", "", {}}}}, {{"b", "1000", {{"container", "x", "", {}}}}}));
}

TEST_CASE("claims_from: what was written is read, and another text is nothing") {
    const std::vector<StackClaim> claims{port("80/tcp", "::1"), {"unit", "a.service", "", {}}};
    CHECK(claims_from(claims_json(claims)) == claims);
    CHECK(claims_from(nlohmann::json::array({1, "x", nullptr})).empty());
    CHECK(claims_from(nlohmann::json("x")).empty());
}

TEST_CASE("render_stacks: what two stacks of one connector cannot both have") {
    const std::string web = "  web: {image: nginx, ports: ['8080:80'], volumes: ['data:/d']}\nvolumes: {data: {}}\n";
    const StackSet fine = set_of(web, "  web: {image: nginx, ports: ['8081:80', '8080:80/udp', '9000-9100:1']}\n");
    CHECK(errors_of(fine).empty());
    std::vector<std::string> names;
    for (const StackClaim& one : fine.record.claims) {
        if (one.place.file == "services/a/compose.yaml") names.push_back(one.what + " " + one.name);
    }
    REQUIRE(names.size() == 7);
    CHECK(names[0] == "unit a-web.service");
    CHECK(names[1] == "container a-web");
    CHECK(names[2] == "port 8080/tcp");
    CHECK(names[3] == "unit a-data-volume.service");
    CHECK(names[4] == "volume a_data");
    CHECK(names[5] == "unit a-default-network.service");

    CHECK(errors_of(set_of(web, "  x:\n    image: nginx\n    ports: ['127.0.0.1:8080:80']\n"))
              .find("the port 8080/tcp is that of services/a/compose.yaml:2:31, too") != std::string::npos);
    CHECK(
        errors_of(set_of(web, "  x: {image: nginx, container_name: a-web}\n")).find("the container a-web is that of") !=
        std::string::npos);
    CHECK(errors_of(set_of(web, "  x: {image: nginx, network_mode: host, ports: ['8080:80']}\n")).find("is that of") ==
          std::string::npos);
    CHECK(errors_of(set_of(web, "  web: {image: nginx}\n", true)).find("two stacks have a unit") != std::string::npos);
}

}  // namespace gup
