// SPDX-License-Identifier: Apache-2.0
#include "app/services/determine_changes.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "app/services/repository_files.hpp"

using namespace gup;

namespace {

ChangeQuestion question_with(const std::vector<std::string>& changed) {
    ChangeQuestion question;
    question.services = "services";
    question.services_name = "services";
    question.stacks["db"] = {.has_compose_file = true, .inputs = {"services/db/compose.yaml", "services/base.yaml"}};
    question.stacks["web"] = {.has_compose_file = true,
                              .inputs = {"services/web/compose.yaml", "services/base.yaml", "shared/conf", ".env"}};
    question.stacks["notes"] = {.has_compose_file = false, .inputs = {}};
    for (const std::string& it : changed) question.changed.push_back(plain_path(it));
    return question;
}

std::string names_of(const AffectedStacks& affected) {
    std::string names;
    for (const auto& [name, reason] : affected.reasons) names += (names.empty() ? "" : " ") + name;
    return names;
}

}  // namespace

TEST_CASE("affected_stacks: by folder, by what a stack reads, and nothing else") {
    const std::vector<std::pair<std::string, std::string>> table{
        {"services/web/compose.yaml", "web"},
        {"./services/web/deep/er/file", "web"},
        {"services//web/x", "web"},
        {"services/base.yaml", "db web"},
        {"shared/conf", "web"},
        {"shared/conf/a/b", "web"},
        {"shared/config", ""},
        {".env", "web"},
        {"env", ""},
        {"services/.env", ""},
        {"services/web", "web"},
        {"servicesx/web/x", ""},
        {"README.md", ""},
        {"services/notes/readme.md", ""},
        {"services/gone/compose.yaml", "gone"},
        {"services/gone/conf/x", "gone"},
        {"services/.github/x", ""},
        {"../services/web/x", ""},
        {"services/notes/compose.yaml", "notes"},
        {"web/compose.yaml", ""},
        {"", ""},
    };
    for (const auto& [path, expected] : table) {
        CAPTURE(path);
        CHECK(names_of(affected_stacks(question_with({path}))) == expected);
    }
}

TEST_CASE("affected_stacks: removed stacks are told apart") {
    const AffectedStacks affected = affected_stacks(question_with({"services/gone/x", "services/db/compose.yaml"}));
    CHECK(names_of(affected) == "db gone");
    CHECK(affected.removed == std::set<std::string>{"gone"});
    CHECK(affected.reasons.at("db") == "services/db/compose.yaml changed");
}

TEST_CASE("affected_stacks: global files and folders affect all stacks, but no folder without a compose file") {
    ChangeQuestion question = question_with({".github/workflows/release.yml"});
    question.global = {".github/workflows"};
    CHECK(names_of(affected_stacks(question)) == "db web");
    question.global = {".github/workflow"};
    CHECK(names_of(affected_stacks(question)).empty());
    question.global = {".github/workflows/release.yml"};
    CHECK(names_of(affected_stacks(question)) == "db web");
}

TEST_CASE("affected_stacks: values that may have changed affect all, only when no file changed") {
    ChangeQuestion question = question_with({});
    CHECK(names_of(affected_stacks(question)).empty());
    question.assumes_values_changed = true;
    CHECK(names_of(affected_stacks(question)) == "db web");
    question.changed = {"README.md"};
    CHECK(names_of(affected_stacks(question)).empty());
}

TEST_CASE("affected_stacks: as the utility, each folder is a service") {
    ChangeQuestion question = question_with({"services/notes/readme.md"});
    question.folders_are_enough = true;
    CHECK(names_of(affected_stacks(question)) == "notes");
}

TEST_CASE("affected_stacks: stacks deep in the repository, or at its top") {
    ChangeQuestion question = question_with({"deploy/services/web/x", "services/db/x"});
    question.services = "deploy/services";
    CHECK(names_of(affected_stacks(question)) == "db web");
    question = question_with({"web/x", "services/x"});
    question.services = "";
    CHECK(names_of(affected_stacks(question)) == "services web");
}

TEST_CASE("words_of: blanks separate; with a newline only newlines do") {
    CHECK(words_of({"a  b", "c"}) == std::vector<std::string>{"a", "b", "c"});
    CHECK(words_of({"a b\nc\r\n"}) == std::vector<std::string>{"a b", "c"});
    CHECK(words_of({"", " "}).empty());
}

TEST_CASE("is_stack_name: no way into another folder") {
    for (const char* const name : {"gw", "01_postgres", "a b"}) CHECK(is_stack_name(name));
    for (const char* const name : {"", ".", "..", ".git", "a/b", "/etc"}) CHECK_FALSE(is_stack_name(name));
}
