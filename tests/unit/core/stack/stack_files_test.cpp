// SPDX-License-Identifier: Apache-2.0
#include "core/stack/stack_files.hpp"

#include <doctest/doctest.h>

#include <map>

#include "stack_fixtures.hpp"

namespace gup {
namespace {

using stacks::files_with;

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

TEST_CASE("StackFiles: links are followed in the repository, and not out of it") {
    const StackFiles files = files_with({{"a/b/file", "text"},
                                         {"up", "-> a/b/../b"},
                                         {"a/chain", "-> ../up"},
                                         {"a/b/self", "-> ../b/self"},
                                         {"a/out", "-> ../../other"},
                                         {"a/abs", "-> /etc"},
                                         {"a/top", "-> .."},
                                         {"far", "-> a/out"},
                                         {"gone", "-> nowhere/x"}},
                                        {{"a/data", "/srv"}, {"a/b/file/x", "/no"}});
    const std::vector<std::pair<std::string, std::string>> expected{{"a/b/file", "a/b/file"},
                                                                    {"up/file", "a/b/file"},
                                                                    {"a/chain/file", "a/b/file"},
                                                                    {"a//./b/", "a/b"},
                                                                    {"", ""},
                                                                    {"a/out", "../other"},
                                                                    {"a/out/x", "../other/x"},
                                                                    {"far/x", "../other/x"},
                                                                    {"a/abs", "/etc"},
                                                                    {"a/abs/passwd", "/etc/passwd"},
                                                                    {"a/top/a/b", "a/b"},
                                                                    {"a/top/up/file", "a/b/file"},
                                                                    {"gone", "nowhere/x"},
                                                                    {"a/data/x", "/srv/x"},  // not of the revision
                                                                    {"a/b/self", "a/b/self"},
                                                                    {"..", ".."},
                                                                    {"a/../../x", "../x"}};
    for (const auto& [path, to] : expected) {
        CAPTURE(path);
        CHECK(files.follow(path) == to);
    }
    CHECK(files.read("a/chain/file")->value() == "text");
    CHECK(files.has("up/file"));
    CHECK_FALSE(files.has("a/abs/passwd"));
    CHECK(files.digest("up").value() == files.digest("a/b").value());
    for (const char* const path : {"a/out", "a/abs/passwd", "a/b/self", "a/data"}) {
        CAPTURE(path);
        CHECK_FALSE(files.read(path).ok());
    }
    CHECK(files.read("a/abs/passwd").error().message ==
          "a/abs/passwd is a link that leaves the repository: it leads to /etc/passwd");
    CHECK(files.folders_in("a") == std::vector<std::string>{"b", "chain", "top"});
    CHECK(files.folders_in("up").empty());
}

}  // namespace gup
