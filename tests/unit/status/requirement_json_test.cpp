// SPDX-License-Identifier: Apache-2.0
#include "status/requirement_json.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

namespace gup {

TEST_CASE("requirement_json: what makes a requirement another one is written and read again") {
    Requirement requests{"requests",   "", "", 7, {"socks", "security"}, ">=2,<3", "sys_platform == \"linux\"",
                         {"sha256:00"}};
    requests.file = "requirements.txt";
    const Requirement without_hashes = requirement_from_json(requirement_json(requests));
    CHECK(is_same_requirement(without_hashes, requests));
    CHECK(without_hashes.hashes.empty());
    CHECK(requirement_from_json(requirement_json(requests, HashesIn::written)).hashes == requests.hashes);

    const Requirement direct{"lib", "", "git+https://me:secret@git.example.org/lib.git", 1, {}, "", "", {}, "v2"};
    const nlohmann::json json = requirement_json(direct);
    CHECK(json.dump().find("secret") == std::string::npos);
    CHECK(is_same_requirement(requirement_from_json(json), direct));
}

TEST_CASE("requirement_json: a pin keeps the three members that it always had") {
    const nlohmann::json json = requirement_json({"six", "1.16.0", "", 3});
    CHECK(json == nlohmann::json{{"name", "six"}, {"version", "1.16.0"}, {"source", ""}});
}

TEST_CASE("is_same_requirement: each fact makes a difference, but its place and its spelling do not") {
    const Requirement one{"Ruamel.Yaml", "0.16", "", 3};
    CHECK(is_same_requirement(one, {"ruamel-yaml", "0.16", "", 9}));
    CHECK_FALSE(is_same_requirement(one, {"ruamel-yaml", "0.17", "", 3}));
    Requirement other = one;
    other.extras = {"jinja2"};
    CHECK_FALSE(is_same_requirement(one, other));
    other = one;
    other.marker = "python_version < \"3.8\"";
    CHECK_FALSE(is_same_requirement(one, other));
    other = one;
    other.revision = "v1";
    CHECK_FALSE(is_same_requirement(one, other));
}

}  // namespace gup
