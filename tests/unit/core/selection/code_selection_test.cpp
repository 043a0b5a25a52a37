// SPDX-License-Identifier: Apache-2.0
#include "core/selection/code_selection.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace gup {
namespace {

CodeSelection selection_without(const std::vector<std::string>& patterns) {
    CodeSelection selection;
    selection.exclude(patterns);
    selection.keep("gupfile");
    return selection;
}

}  // namespace

TEST_CASE("CodeSelection: what exclude names is left out, and nothing else") {
    struct Row {
        const char* pattern;
        std::vector<std::string> out;
        std::vector<std::string> in;
    };
    const std::vector<Row> rows{
        {"Makefile", {"Makefile", "sub/Makefile", "Makefile/x"}, {"Makefile.am", "makefile", "gupfile"}},
        {"scripts/", {"scripts/a", "sub/scripts/a/b"}, {"scripts", "scripts.py"}},
        {"/scripts/", {"scripts/a"}, {"sub/scripts/a"}},
        {"/data", {"data", "data/a"}, {"sub/data"}},
        {"docs/*.pdf", {"docs/a.pdf"}, {"docs/a/b.pdf", "sub/docs/a.pdf", "a.pdf"}},
        {"docs/**/*.pdf", {"docs/a.pdf", "docs/a/b.pdf"}, {"docs/a.txt"}},
        {"**/tests", {"tests/a", "sub/tests/a"}, {"mytests/a"}},
        {"tests/**", {"tests/a", "tests/a/b"}, {"tests"}},
        {"*.py[co]", {"a.pyc", "x/b.pyo"}, {"a.py"}},
        {"./Makefile", {"Makefile", "sub/Makefile"}, {"x"}},
        {"a b", {"a b", "x/a b"}, {"a", "b"}},
        {"*", {"a", "a/b"}, {"gupfile"}},
        {"gupfile", {"sub/gupfile"}, {"gupfile"}},
    };
    for (const Row& row : rows) {
        const CodeSelection selection = selection_without({row.pattern});
        CAPTURE(row.pattern);
        for (const std::string& path : row.out) CHECK_MESSAGE(selection.leaves_out(path), path);
        for (const std::string& path : row.in) CHECK_MESSAGE(!selection.leaves_out(path), path);
    }
}

TEST_CASE("CodeSelection: a folder is left out as a whole, unless something in it is kept") {
    CodeSelection selection = selection_without({"conf/", "tests/"});
    selection.keep("conf/requirements.txt");
    CHECK(selection.leaves_out_folder("tests"));
    CHECK(selection.leaves_out_folder("tests/data"));
    CHECK_FALSE(selection.leaves_out_folder("src"));
    CHECK_FALSE(selection.leaves_out_folder("conf"));
    CHECK_FALSE(selection.leaves_out("conf/requirements.txt"));
    CHECK(selection.leaves_out("conf/other.txt"));
}

TEST_CASE("CodeSelection: attributes of the folder around the connector are asked with their own paths") {
    CodeSelection selection;
    ExportAttributes attributes;
    attributes.add("", "/deploy/tests export-ignore\n*.md export-ignore\n");
    attributes.add("deploy", "keep.md -export-ignore\n");
    selection.use(std::move(attributes), "deploy");
    CHECK(selection.leaves_out("tests/a"));
    CHECK(selection.leaves_out("README.md"));
    CHECK_FALSE(selection.leaves_out("keep.md"));
    CHECK_FALSE(selection.leaves_out("sub/tests/a"));
}

TEST_CASE("ExcludePattern: what names no part of the folder is refused with a hint") {
    for (const char* wrong : {"", "/", ".", "./", "!x", "..", "../x", "a/../b", "a/.."}) {
        const auto pattern = ExcludePattern::parse(wrong);
        REQUIRE_MESSAGE(!pattern.ok(), wrong);
        CHECK(pattern.error().code == ErrorCode::invalid_input);
        CHECK_FALSE(pattern.error().hint.empty());
    }
    for (const char* fine : {"a", ".env", "..a", "\\!x", "a/", "[", "/a"}) {
        CHECK_MESSAGE(ExcludePattern::parse(fine).ok(), fine);
    }
}

TEST_CASE("pattern_that_excludes: the path itself, or a folder above it") {
    CHECK(pattern_that_excludes({"*.md", "scripts/"}, "scripts/pre.sh") == "scripts/");
    CHECK(pattern_that_excludes({"data/"}, "data") == "data/");
    CHECK(pattern_that_excludes({"*.json"}, "var/settings.json") == "*.json");
    CHECK(pattern_that_excludes({"scripts/"}, "bin/pre.sh").empty());
    CHECK(pattern_that_excludes({"scripts/"}, "bin/scripts").empty() == false);
}

}  // namespace gup
