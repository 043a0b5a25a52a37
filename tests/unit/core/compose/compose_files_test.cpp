// SPDX-License-Identifier: Apache-2.0
#include "core/compose/tree/compose_files.hpp"

#include <doctest/doctest.h>

#include <initializer_list>
#include <map>
#include <string>
#include <vector>

#include "compose_fixture.hpp"
#include "core/compose/load.hpp"

using namespace gup;
using namespace gup::compose;
using namespace gup::test;

TEST_CASE("find_compose_files: names and their order") {
    const auto found = [](std::initializer_list<const char*> names) {
        std::map<std::string, std::string> files;
        for (const char* const name : names) files[std::string("services/01_db/") + name] = "";
        std::string out;
        for (const std::string& path : find_compose_files(MemoryFiles(files), "services/01_db", "01_db")) {
            out += (out.empty() ? "" : " ") + path.substr(path.rfind('/') + 1);
        }
        return out;
    };
    CHECK(found({"compose.yaml", "docker-compose.yml"}) == "compose.yaml");
    CHECK(found({"compose.yml", "compose.override.yml"}) == "compose.yml compose.override.yml");
    CHECK(found({"docker-compose.yaml", "docker-compose.override.yaml"}) ==
          "docker-compose.yaml docker-compose.override.yaml");
    CHECK(found({"docker-compose.yml"}) == "docker-compose.yml");
    CHECK(found({"01_db.compose.yml"}) == "01_db.compose.yml");
    CHECK(found({"other.compose.yml", "readme"}).empty());
    CHECK(found({"compose.override.yaml"}).empty());
}

TEST_CASE("find_compose_files: COMPOSE_FILE of the stack's .env") {
    struct Row {
        const char* env;
        const char* files;
    };
    const Row table[]{
        {"COMPOSE_FILE=compose.yaml:compose.gateway.yaml", "services/gw/compose.yaml services/gw/compose.gateway.yaml"},
        {"COMPOSE_FILE='a.yaml:b.yaml'\n", "services/gw/a.yaml services/gw/b.yaml"},
        {"export COMPOSE_FILE=\"./a.yaml:../base.yaml\"", "services/gw/a.yaml services/base.yaml"},
        {"COMPOSE_PATH_SEPARATOR=;\nCOMPOSE_FILE=a.yaml;b.yaml", "services/gw/a.yaml services/gw/b.yaml"},
        {"COMPOSE_FILE=a.yaml\nCOMPOSE_FILE=b.yaml", "services/gw/b.yaml"},
        {"COMPOSE_FILE=:a.yaml:", "services/gw/a.yaml"},
        {"COMPOSE_FILE=/etc/x.yaml", "/etc/x.yaml"},
        {"COMPOSE_FILE=../../../x.yaml", "../../../x.yaml"},
        {"COMPOSE_FILE=", "services/gw/compose.yaml"},
        {"# COMPOSE_FILE=a.yaml", "services/gw/compose.yaml"},
        {"MY_COMPOSE_FILE=a.yaml", "services/gw/compose.yaml"},
        {"TAG=1", "services/gw/compose.yaml"},
    };
    for (const auto& [env, files] : table) {
        CAPTURE(env);
        const MemoryFiles memory({{"services/gw/.env", env}, {"services/gw/compose.yaml", ""}});
        std::string out;
        for (const std::string& path : find_compose_files(memory, "services/gw", "gw")) {
            out += (out.empty() ? "" : " ") + path;
        }
        CHECK(out == files);
    }
}

TEST_CASE(
    "load: the files of COMPOSE_FILE are merged in their order, and one that is missing is shown where it is named") {
    Stack stack{.files = {{"services/gw/.env", "TAG=1\nCOMPOSE_FILE=base.yaml:gateway.yaml\n"},
                          {"services/gw/base.yaml", "services: {web: {image: \"nginx:${TAG}\", user: \"1\"}}\n"},
                          {"services/gw/gateway.yaml", "services: {web: {user: \"2\"}}\n"}}};
    const Loaded loaded = stack.load();
    REQUIRE(loaded.usable());
    CHECK(loaded.project.services.at(0).image == "nginx:1");
    CHECK(loaded.inputs.contains("services/gw/gateway.yaml"));
    CHECK(loaded.inputs.contains("services/gw/.env"));
    stack.files["services/gw/gateway.yaml"] = "services: {web: {userr: \"2\"}}\n";
    CHECK(texts_of(stack.load().problems).at(0).starts_with("services/gw/gateway.yaml:1:18: "));
    stack.files.erase("services/gw/gateway.yaml");
    CHECK(texts_of(stack.load().problems).at(0) ==
          "services/gw/.env:2:1: there is no file services/gw/gateway.yaml in the repository");
}

TEST_CASE("load: a build next to an image is left out with a word, and its misspelled keys are said once") {
    const Loaded loaded = load_stack("services: {web: {image: nginx, build: {context: ., dockerfil: x}}}\n");
    CHECK(loaded.usable());
    CHECK_FALSE(loaded.project.services.at(0).build);
    CHECK(
        texts_of(loaded.problems) ==
        std::vector<std::string>{"services/gw/compose.yaml:1:39: warning: the image is pulled, not built: building is "
                                 "not allowed here"});
    LoadOptions options;
    options.may_build = true;
    CHECK(load_stack("services: {web: {build: {context: ., dockerfil: x}}}\n", options).problems.size() == 1);
}
