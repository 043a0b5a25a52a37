// SPDX-License-Identifier: Apache-2.0
#include "core/stack/stack_files.hpp"

#include <doctest/doctest.h>

#include <map>

namespace gup {
namespace {

StackFiles files_with(const std::map<std::string, std::string>& content) {
    std::vector<std::string> paths;
    for (const auto& [path, text] : content) paths.push_back(path);
    return {paths, [content](const std::string& path) -> Result<std::optional<std::string>> {
                return std::optional(content.at(path));
            }};
}

const std::map<std::string, std::string> some_files{{"gupfile", ""},
                                                    {"services/db/compose.yaml", "a"},
                                                    {"services/gw-2/compose.yaml", "b"},
                                                    {"services/gw/compose.yaml", "c"},
                                                    {"services/gw/conf/a.conf", "d"},
                                                    {"services/gw/conf/b.conf", "e"},
                                                    {"services/readme", "f"}};

}  // namespace

TEST_CASE("StackFiles: folders, files, and what is not there") {
    const StackFiles files = files_with(some_files);
    CHECK(files.folders_in("services") == std::vector<std::string>{"db", "gw-2", "gw"});
    CHECK(files.folders_in("nothing").empty());
    CHECK(files.has("services/gw/conf"));
    CHECK(files.has("services/gw/conf/a.conf"));
    CHECK_FALSE(files.has("services/g"));
    CHECK_FALSE(files.has("services/gw/conf/a"));
    CHECK(files.read("services/gw/compose.yaml")->value() == "c");
    CHECK_FALSE(files.read("services/gw/conf")->has_value());
    CHECK_FALSE(files.read("../x")->has_value());
}

TEST_CASE("StackFiles: a digest tells content, names and files that appear or go") {
    const auto digest = [](const std::map<std::string, std::string>& content, const std::string& path) {
        return *files_with(content).digest(path);
    };
    const std::string before = digest(some_files, "services/gw/conf");
    CHECK(before.size() == 64);
    CHECK(digest(some_files, "nothing").empty());
    auto other = some_files;
    other["services/gw/compose.yaml"] = "x";
    CHECK(digest(other, "services/gw/conf") == before);
    other["services/gw/conf/a.conf"] = "x";
    CHECK(digest(other, "services/gw/conf") != before);
    auto more = some_files;
    more["services/gw/conf/c.conf"] = "";
    CHECK(digest(more, "services/gw/conf") != before);
    auto renamed = some_files;
    renamed["services/gw/conf/z.conf"] = renamed["services/gw/conf/a.conf"];
    renamed.erase("services/gw/conf/a.conf");
    CHECK(digest(renamed, "services/gw/conf") != before);
}

}  // namespace gup
