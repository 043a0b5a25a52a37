// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "core/declaration/gupfile.hpp"

namespace gup {
namespace {

// "LINE:COLUMN message" of each problem.
std::vector<std::string> problems_of(const std::string& text) {
    std::vector<std::string> problems;
    for (const Problem& problem : parse_gupfile(text).problems) {
        problems.push_back(std::to_string(problem.line) + ":" + std::to_string(problem.column) + " " + problem.message);
        CHECK_FALSE(problem.hint.empty());
    }
    return problems;
}

}  // namespace

TEST_CASE("parse_gupfile: exclude has patterns") {
    const Gupfile gupfile = parse_gupfile("[connector]\nexclude = [\"Makefile\", \"scripts/\", \"docs/**/*.pdf\"]\n");
    CHECK(gupfile.problems.empty());
    CHECK(gupfile.exclude == std::vector<std::string>{"Makefile", "scripts/", "docs/**/*.pdf"});
    CHECK(parse_gupfile("[connector]\nexclude = []\n").usable());
    CHECK(problems_of("[connector]\nexclude = \"Makefile\"\n") ==
          std::vector<std::string>{"2:1 'exclude' is text, and must be an array of texts"});
    CHECK(problems_of("[connector]\nexclude = [\"a\", \"!b\"]\n") ==
          std::vector<std::string>{"2:17 '!b' cannot be excluded: exclude has no exceptions"});
    CHECK(problems_of("[connector]\nexclude = [\"../x\"]\n").size() == 1);
}

TEST_CASE("parse_gupfile: exclude may not leave out what another key names") {
    const std::string begin = "[connector]\nexclude = [\"*.md\", \"scripts/\"]\n";
    struct Row {
        const char* rest;
        const char* problem;
    };
    const Row rows[] = {
        {"[hooks]\npre-update = \"scripts/pre.sh\"\n",
         "'scripts/' of 'exclude' leaves out scripts/pre.sh, which 'pre-update' names"},
        {"[hooks]\npost-update = \"scripts/post.sh\"\n",
         "'scripts/' of 'exclude' leaves out scripts/post.sh, which 'post-update' names"},
        {"[health]\ncommand = \"./scripts/check --all\"\n",
         "'scripts/' of 'exclude' leaves out scripts/check, which 'command' names"},
        {"[update]\nready = \"scripts/ready\"\n",
         "'scripts/' of 'exclude' leaves out scripts/ready, which 'ready' names"},
        {"persist = [\"scripts\"]\n", "'scripts/' of 'exclude' leaves out scripts, which 'persist' names"},
        {"persist = [\"scripts/data/\"]\n", "'scripts/' of 'exclude' leaves out scripts/data/, which 'persist' names"},
        {"persist = [\"notes.md\"]\n", "'*.md' of 'exclude' leaves out notes.md, which 'persist' names"},
    };
    for (const Row& row : rows) {
        const bool is_first = std::string(row.problem).starts_with("'*.md'");
        CHECK(problems_of(begin + row.rest) ==
              std::vector<std::string>{std::string(is_first ? "2:12 " : "2:20 ") + row.problem});
    }
    for (const char* fine : {"[hooks]\npre-update = \"bin/pre.sh\"\n", "[health]\ncommand = \"scripts\"\n",
                             "[health]\ncommand = \"/scripts/check\"\n", "persist = [\"data\"]\n"}) {
        CHECK(problems_of(begin + fine).empty());
    }
}

}  // namespace gup
