// SPDX-License-Identifier: Apache-2.0
#include "host/program_questions.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "fixture.hpp"

using namespace gup;
using namespace gup::test;
using nlohmann::json;

namespace {

struct Programs {
    Folder folder;
    ProgramRights rights;

    Programs() {
        ::chmod(folder.folder.path().c_str(), 0755);
        fs::create_directories(folder / "pre.d");
        fs::create_directories(folder / "root/meter");
        rights.owner = owner_with(::geteuid());
        rights.hooks.pre_update = folder / "pre.d";
        rights.hooks.post_update = folder / "post.d";
        rights.connectors = {"meter"};
        rights.folders = {folder / "root"};
    }

    fs::path script(const char* name, const std::string& body) const {
        put(folder / name, "#!/bin/sh\n" + body + "\n");
        fs::permissions(folder / name, fs::perms(0755));
        return folder / name;
    }
    [[nodiscard]] json run(const fs::path& file, json context = {{"connector", "meter"}}) const {
        return {{"act", "run"},      {"phase", "pre-update"}, {"file", file.string()},
                {"timeout", 60'000}, {"as_owner", false},     {"context", std::move(context)}};
    }
    // What the agent answers to a question about hooks.
    [[nodiscard]] Result<json> hook(const json& question) const {
        auto task = answer_hook_question(rights, question);
        if (!task.ok()) return task.error();
        return task->run();
    }
    [[nodiscard]] Result<json> command(const json& question) const {
        auto task = answer_command_question(rights, question);
        if (!task.ok()) return task.error();
        return task->run();
    }
};

}  // namespace

TEST_CASE("the agent runs the operator's hooks, and no other file as itself") {
    const Programs site;
    const fs::path hook = site.script("pre.d/10-tell", "echo \"$GUP_CONNECTOR\"");
    const fs::path planted = site.script("planted", "touch " + (site.folder / "ran").string());
    const auto answer = site.hook(site.run(hook));
    REQUIRE(answer.ok());
    CHECK(text_member(*answer, "last_line") == "meter");
    for (const fs::path& file : {planted, site.folder / "pre.d/../planted", fs::path(), fs::path("/bin/sh"),
                                 fs::path(hook.string() + "/"), hook.parent_path()}) {
        CAPTURE(file);
        CHECK(code_of(site.hook(site.run(file))) == ErrorCode::permission);
    }
    json later = site.run(hook);
    later["phase"] = "post-update";
    CHECK(code_of(site.hook(later)) == ErrorCode::permission);
    later["phase"] = "any";
    CHECK(code_of(site.hook(later)) == ErrorCode::unsupported);
    CHECK_FALSE(is_there(site.folder / "ran"));
}

TEST_CASE("an operator's hook is not told of another connector") {
    const Programs site;
    const fs::path hook = site.script("pre.d/10-tell", "touch " + (site.folder / "ran").string());
    for (const json& context : {json{{"connector", "pump"}}, json{{"connector", ""}}, json(), json("meter")}) {
        CHECK(code_of(site.hook(site.run(hook, context))) == ErrorCode::permission);
    }
    CHECK_FALSE(is_there(site.folder / "ran"));
}

TEST_CASE("an operator's hook is told of known places only") {
    const Programs site;
    const fs::path hook = site.script("pre.d/10-tell", "echo \"$CURRENT_CONFIG\"");
    const auto with = [&](const char* name, const fs::path& path) {
        return site.hook(site.run(hook, {{"connector", "meter"}, {name, path.string()}}));
    };
    for (const char* name : {"current", "previous", "local", "local_before"}) {
        CAPTURE(name);
        CHECK(with(name, site.folder / "root/meter").ok());
        CHECK(with(name, site.folder / "root/missing").ok());
        for (const fs::path& path : {fs::path("/etc"), fs::path("meter"), fs::path("/"), site.folder / "root/../other",
                                     site.folder / "rooty"}) {
            CAPTURE(path);
            CHECK(code_of(with(name, path)) == ErrorCode::permission);
        }
    }
}

TEST_CASE("a worker learns which hooks the operator has") {
    const Programs site;
    const fs::path hook = site.script("pre.d/10-tell", "true");
    const auto found = site.hook({{"act", "find"}, {"phase", "pre-update"}});
    REQUIRE(found.ok());
    CHECK(*found == json{hook.string()});
    CHECK(*site.hook({{"act", "find"}, {"phase", "post-update"}}) == json::array());
}

TEST_CASE("commands and a connector's own hooks run in the owner's sandbox, not as the agent") {
    Programs site;
    site.rights.sandbox.identity = Identity{20001, 20001, {}};
    json own = site.run("/bin/true");
    own["as_owner"] = true;
    for (const auto& task :
         {answer_command_question(site.rights, {{"argv", {"/bin/true"}}}), answer_hook_question(site.rights, own)}) {
        REQUIRE(task.ok());
        REQUIRE(task->sandbox.identity);
        CHECK(task->sandbox.identity->uid == 20001);
        CHECK(task->sandbox.is_confined);
    }
}

TEST_CASE("a command is run with its environment, and its output is cut") {
    const Programs site;
    const auto answer = site.command({{"argv", {"/bin/sh", "-c", "echo $A; exit 3"}},
                                      {"set_env", {{"A", "b c"}, {"B", 5}}},
                                      {"folder", "/"},
                                      {"timeout", 60'000},
                                      {"output_limit", 1000}});
    REQUIRE(answer.ok());
    CHECK(number_member(*answer, "exit_code") == 3);
    CHECK(text_member(*answer, "out") == "b c\n");
    const auto flood = site.command({{"argv", {"/bin/sh", "-c", "head -c 1000000 /dev/zero"}},
                                     {"folder", "/"},
                                     {"timeout", 60'000},
                                     {"output_limit", INT64_MAX}});
    CHECK((!flood.ok() || text_member(*flood, "out").size() <= (256U << 10U)));
}

TEST_CASE("a question about no command is an error, whatever its shape") {
    const Programs site;
    for (const json& wrong : {json(), json("x"), json{{"argv", "sh"}}, json{{"argv", {1, 2}}}, json::array()}) {
        CHECK_FALSE(answer_command_question(site.rights, wrong).ok());
        CHECK_FALSE(answer_hook_question(site.rights, wrong).ok());
    }
    for (const json& variables : {json(5), json("x"), json::array({1, "y"}), json{{"A", nullptr}}}) {
        CHECK(answer_command_question(site.rights, {{"argv", {"true"}}, {"set_env", variables}}).ok());
    }
}
