// SPDX-License-Identifier: Apache-2.0
#include "app/services/rendering.hpp"

#include <doctest/doctest.h>

#include <string>

#include "app/services/release_tool.hpp"

using namespace gup;

TEST_CASE("given_variables: texts, numbers and truths; a wrong text is not shown") {
    ServicesRequest request;
    request.variables = R"({"A":"x y","B":1,"C":1.5,"D":true,"E":null,"F":"ü\n"})";
    const auto variables = given_variables(request);
    REQUIRE(variables.ok());
    CHECK(variables->at("A") == "x y");
    CHECK(variables->at("B") == "1");
    CHECK(variables->at("C") == "1.5");
    CHECK(variables->at("D") == "true");
    CHECK(variables->at("E").empty());
    CHECK(variables->at("F") == "ü\n");
    for (const char* const text : {"hunter2", "{\"A\":hunter2}", "[\"hunter2\"]", "{\"A\":[\"hunter2\"]}",
                                   "{\"A\":{\"b\":\"hunter2\"}}", "{\"\":\"hunter2\"}", "{\"A=B\":\"hunter2\"}"}) {
        CAPTURE(text);
        request.variables = text;
        const auto wrong = given_variables(request);
        REQUIRE_FALSE(wrong.ok());
        CHECK(wrong.error().message.find("hunter2") == std::string::npos);
        CHECK(wrong.error().message.find("--vars-json") == 0);
    }
    request.variables = " ";
    CHECK(given_variables(request)->empty());
}

TEST_CASE("deployed_services: commas and blanks; all means all") {
    ServicesRequest request;
    CHECK(deployed_services(request).empty());
    request.deployed = "a, b,,c";
    CHECK(deployed_services(request) == std::set<std::string>{"a", "b", "c"});
    request.deployed = "a,all";
    CHECK(deployed_services(request).empty());
}

TEST_CASE("check_names: a target or a prefix is one name, never another line of a unit") {
    ServicesRequest request;
    CHECK(check_names(request).ok());
    request.target = "all-containers.target";
    request.prefix = "";
    CHECK(check_names(request).ok());
    request.prefix = "gw-";
    CHECK(check_names(request).ok());
    for (const char* const text : {"x y", "x\n[Service]", "/etc/x", "../x", "x%h", "-x"}) {
        CAPTURE(text);
        request.prefix = text;
        CHECK(check_names(request).error().message.starts_with("--prefix"));
        request.target = text;
        CHECK(check_names(request).error().message.starts_with("--meta-target"));
        request.target = "a.target";
    }
}

TEST_CASE("target_podman: a given version, or a message that names it") {
    ServicesRequest request;
    request.podman_version = "4.9.5";
    CHECK(target_podman(request)->version == quadlet::PodmanVersion{4, 9, 5});
    request.podman_version = "new";
    CHECK(target_podman(request).error().message == "--podman-version is not a version: new");
}

TEST_CASE("release_tool_call: the utility's arguments are those of services") {
    CHECK(is_release_tool("release-tool"));
    CHECK(is_release_tool("/usr/local/bin/release-tool"));
    CHECK_FALSE(is_release_tool("/usr/bin/gup-agent"));
    CHECK_FALSE(is_release_tool("my-release-tool"));
    CHECK_FALSE(is_release_tool(nullptr));
    using Words = std::vector<std::string>;
    CHECK(release_tool_call({"determine-changes", "--changed-files", "a b"}).arguments ==
          Words{"gup-agent", "services", "determine-changes", "--changed-files", "a b"});
    CHECK(release_tool_call({"-v"}).arguments == Words{"gup-agent", "--version"});
    CHECK(release_tool_call({"--help"}).exit == ExitCode::success);
    CHECK(release_tool_call({}).exit == ExitCode::bad_usage);
    CHECK_FALSE(release_tool_call({"generate-units"}).exit);
}
