// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <fmt/format.h>

#include <functional>
#include <string>
#include <vector>

#include "gupfile_fixture.hpp"

using namespace gup;
using namespace std::string_literals;

TEST_CASE("parse_gupfile: the TOML form fills every field") {
    const Gupfile gupfile = parse_gupfile(R"(# smart meter
[connector]
branch  = "field/main"
layout  = "releases"
service = "smart-meter.service"
persist = ["data", "settings.json"]
requirements = "requirements/gateway.txt"
exclude = ["Makefile", "docs/"]

[dependencies]
paho-mqtt = "1.3.1"
client-connector-lib = { version = "5.0.0", source = "git+https://h/lib.git" }
"ruamel.yaml" = " 0.15 "

[dependencies.abc]
version = "1"

[hooks]
pre-update  = "scripts/pre.sh"
post-update = "scripts/post.sh"

[health]
command = "bin/healthcheck"
http    = "http://127.0.0.1:8080/health"
within  = "2m"
every   = 2
timeout = "10s"
)");
    CHECK(gupfile.problems.empty());
    CHECK(gupfile.branch == "field/main");
    CHECK(gupfile.layout == Layout::releases);
    CHECK(gupfile.service == "smart-meter.service");
    CHECK(gupfile.persist == std::vector<std::string>{"data", "settings.json"});
    CHECK(gupfile.requirements == "requirements/gateway.txt");
    CHECK(gupfile.exclude == std::vector<std::string>{"Makefile", "docs/"});
    CHECK(gupfile.pins == std::vector<Requirement>{{"paho-mqtt", "1.3.1", "", 11},
                                                   {"client-connector-lib", "5.0.0", "git+https://h/lib.git", 12},
                                                   {"ruamel.yaml", "0.15", "", 13},
                                                   {"abc", "1", "", 15}});
    CHECK(gupfile.pre_update == "scripts/pre.sh");
    CHECK(gupfile.post_update == "scripts/post.sh");
    CHECK(gupfile.health.command == std::vector<std::string>{"bin/healthcheck"});
    CHECK(gupfile.health.http == "http://127.0.0.1:8080/health");
    CHECK(gupfile.health.within == std::chrono::seconds(120));
    CHECK(gupfile.health.every == std::chrono::seconds(2));
    CHECK(gupfile.health.timeout == std::chrono::seconds(10));
}

TEST_CASE("parse_gupfile: omitted keys of the TOML form have their defaults") {
    const Gupfile gupfile = parse_gupfile("[connector]\n");
    CHECK(gupfile.branch.empty());
    CHECK(gupfile.layout == Layout::in_place);
    CHECK(gupfile.health.within == std::chrono::seconds(60));
    CHECK(gupfile.health.every == std::chrono::seconds(5));
    CHECK(gupfile.health.timeout == std::chrono::seconds(20));
    CHECK(gupfile.health.command.empty());
    CHECK(gupfile.health.http.empty());
}

TEST_CASE("parse_gupfile: the health command is one text with blanks between the words, or an array") {
    using Words = std::vector<std::string>;
    const auto command = [](const std::string& value) {
        const Gupfile gupfile = parse_gupfile("[health]\ncommand = " + value);
        return gupfile.usable() ? gupfile.health.command : Words{};
    };
    CHECK(command("\"  bin/check  --quick a\"") == Words{"bin/check", "--quick", "a"});
    CHECK(command("[\"bin/check\", \"two words\"]") == Words{"bin/check", "two words"});
    CHECK(command("\"/usr/bin/curl -fs x/../y\"") == Words{"/usr/bin/curl", "-fs", "x/../y"});
    CHECK(command("\"python -m meter.check\"") == Words{"python", "-m", "meter.check"});
}

TEST_CASE("parse_gupfile: a service gets the unit name that systemctl would use") {
    CHECK(parse_gupfile("[connector]\nservice = \"smart-meter\"\n").service == "smart-meter.service");
    CHECK(parse_gupfile("[connector]\nservice = \"meter@1\"\n").service == "meter@1.service");
    CHECK(parse_gupfile("[connector]\nservice = \"meter.socket\"\n").service == "meter.socket");
}

TEST_CASE("parse_gupfile: within is a text with a unit, or seconds") {
    const auto within = [](const std::string& value) {
        const Gupfile gupfile = parse_gupfile("[health]\nwithin = " + value);
        return gupfile.usable() ? gupfile.health.within / std::chrono::seconds(1) : -1;
    };
    CHECK(within("\"60s\"") == 60);
    CHECK(within("\"2m\"") == 120);
    CHECK(within("\"1h\"") == 3600);
    CHECK(within("\"24h\"") == 86400);
    CHECK(within("\"90\"") == 90);
    CHECK(within("90") == 90);
    for (const std::string value :
         {"0", "-1", "86401", "\"0s\"", "\"25h\"", "\"\"", "\"s\"", "\"soon\"", "\"-1s\"", "\"1.5m\"",
          "\"99999999999999999999s\"", "1.5", "true", "9223372036854775807", "[60]"}) {
        CHECK_MESSAGE(within(value) == -1, value);
    }
}

TEST_CASE("parse_gupfile: a mistake in the TOML form is reported with its place and the nearest known word") {
    struct Row {
        std::string_view text;
        int line;
        int column;
        std::string_view message;
        std::string_view hint;
    };
    const std::vector<Row> rows{
        {"[connector]\nbranhc = \"main\"\n", 2, 1, "unknown key 'branhc' in [connector]", "did you mean branch?"},
        {"[connector]\nx = 1\n", 2, 1, "unknown key 'x'", "branch, layout, service, persist"},
        {"[dependencis]\nsix = \"1\"\n", 1, 2, "unknown table 'dependencis'", "did you mean [dependencies]?"},
        {"[rollout]\n", 1, 2, "unknown table 'rollout'", "[connector]"},
        {"six = \"1.0\"\n", 1, 1, "unknown key 'six'", "[dependencies]"},
        {"dependencies = 3\n", 1, 1, "must be a table", "[dependencies]"},
        {"[[connector]]\n", 1, 3, "must be a table", "[connector]"},
        {"[connector]\nbranch = 1\n", 2, 1, "'branch' is an integer, and must be text", "branch = \"main\""},
        {"[connector]\nbranch = \"\"\n", 2, 1, "'branch' is empty", "branch = \"main\""},
        {"[connector]\nbranch = \"a\\nb\"\n", 2, 1, "control character", "branch = \"main\""},
        {"[connector]\nbranch = \"-x\"\n", 2, 1, "not the name of a branch", "git branch"},
        {"[connector]\nbranch = \"a..b\"\n", 2, 1, "not the name of a branch", "git branch"},
        {"[connector]\nlayout = \"release\"\n", 2, 1, "unknown layout 'release'", "\"releases\""},
        {"[connector]\nlayout = \"blue-green\"\n", 2, 1, "unknown layout", "\"in-place\""},
        {"[connector]\nlayout = true\n", 2, 1, "a boolean", "in-place"},
        {"[connector]\nservice = \"--now\"\n", 2, 1, "not the name of a service", "smart-meter.service"},
        {"[connector]\npersist = \"data\"\n", 2, 1, "must be an array", "persist = ["},
        {"[connector]\npersist = [\"data\", 1]\n", 2, 20, "an integer, and must be text", "persist = ["},
        {"[connector]\npersist = [\"../x\"]\n", 2, 12, "is outside of", "relative"},
        {"[connector]\npersist = [\"/etc\"]\n", 2, 12, "is outside of", "relative"},
        {"[connector]\nrequirements = \"../r.txt\"\n", 2, 1, "is outside of", "requirements.txt"},
        {"[connector]\nrequirements = \"/r.txt\"\n", 2, 1, "is outside of", "requirements.txt"},
        {"[connector]\nrequirements = [\"r.txt\"]\n", 2, 1, "is an array", "requirements.txt"},
        {"[connector]\nrequirements = \"\"\n", 2, 1, "is empty", "requirements.txt"},
        {"[connector]\nrequirements = \"reqs/\"\n", 2, 1, "is a folder", "requirements.txt"},
        {"[connector]\nrequirements = \"gupfile\"\n", 2, 1, "the gupfile itself", "requirements.txt"},
        {"[connector]\nexclude = \"Makefile\"\n", 2, 1, "must be an array", "exclude = ["},
        {"[connector]\nexclude = [\"a\", \" \"]\n", 2, 17, "is empty", "exclude = ["},
        {"[connector]\nexclud = []\n", 2, 1, "unknown key 'exclud'", "did you mean exclude?"},
        {"[dependencies]\nsix = 1.0\n", 2, 1, "is a number, and must be text", "six = \"1.3.1\""},
        {"[dependencies]\nsix = [\"1\"]\n", 2, 1, "is an array", "six = \"1.3.1\""},
        {"[dependencies]\nsix = 2018-07-07\n", 2, 1, "a date or time", "six = \"1.3.1\""},
        {"[dependencies]\nsix = \"\"\n", 2, 7, "six has no version", "six = \"VERSION\""},
        {"[dependencies]\nsix = \">=1.0\"\n", 2, 7, "range", "six = \"VERSION\""},
        {"[dependencies]\nsix = \"==1.0\"\n", 2, 7, "begins with '=='", "six = \"1.0\""},
        {"[dependencies]\n\"a b\" = \"1.0\"\n", 2, 1, "not the name", "letters"},
        {"[dependencies]\nsix = { version = 1 }\n", 2, 9, "'version' is an integer", "version = \"1.3.1\""},
        {"[dependencies]\nsix = { versoin = \"1\" }\n", 2, 9, "unknown key 'versoin'", "did you mean version?"},
        {"[dependencies]\nsix = { source = \"git+https://h/x\" }\n", 2, 7, "six has no version",
         "source = \"git+https://h/x\""},
        {"[dependencies]\nsix = { version = \"1\", source = \"https://h/x\" }\n", 2, 33, "does not begin with git+",
         "write git+https://h/x"},
        {"[dependencies]\nruamel.yaml = \"1\"\n", 2, 8, "unknown key 'yaml' in the pin of ruamel", "\"ruamel.yaml\""},
        {"[dependencies]\nsix = \"1\"\nSix = \"2\"\n", 3, 1, "pinned twice", "keep"},
        {"[hooks]\npre_update = \"x\"\n", 2, 1, "unknown key 'pre_update'", "did you mean pre-update?"},
        {"[health]\ncmd = \"x\"\n", 2, 1, "unknown key 'cmd'", "command"},
        {"[connector]\nservice = \"*\"\n", 2, 1, "not the name of a service", "smart-meter.service"},
        {"[connector]\nservice = \"meter@.service\"\n", 2, 1, "not the name of a service", "smart-meter.service"},
        {"[hooks]\npre-update = \"../pre.sh\"\n", 2, 1, "is outside of", "scripts/pre.sh"},
        {"[hooks]\npost-update = \"/bin/true\"\n", 2, 1, "is outside of", "scripts/post.sh"},
        {"[health]\ncommand = \"../check\"\n", 2, 1, "is outside of", "bin/healthcheck"},
        {"[health]\ncommand = []\n", 2, 1, "'command' is empty", "bin/healthcheck"},
        {"[health]\ncommand = [\"a\", 1]\n", 2, 17, "an integer, and must be text", "bin/healthcheck"},
        {"[health]\ncommand = 1\n", 2, 1, "an integer, and must be text", "bin/healthcheck"},
        {"[health]\nhttp = \"ftp://h/\"\n", 2, 1, "not the URL of a probe", "http://127.0.0.1"},
        {"[health]\nhttp = \"http:///x\"\n", 2, 1, "not the URL of a probe", "http://127.0.0.1"},
        {"[health]\nhttp = \"http://u:p@h/\"\n", 2, 1, "not the URL of a probe", "http://127.0.0.1"},
        {"[health]\nevery = \"0s\"\n", 2, 1, "'every' is not a time", "\"5s\""},
        {"[health]\ntimeout = [1]\n", 2, 1, "'timeout' is an array", "\"20s\""},
        {"[health]\nwithin = \"soon\"\n", 2, 1, "'within' is not a time", "\"60s\""},
        {"[dependencies\n", 1, 14, "not valid TOML", "[dependencies]"},
        {"[dependencies]\nsix = \"1.0\n", 2, 11, "not valid TOML", "quote"},
        {"[dependencies]\nsix = 1.11.0\n", 2, 11, "not valid TOML", "quotes"},
        {"[dependencies]\nsix,1.0\n", 2, 4, "not valid TOML", "quotes"},
        {"[dependencies]\nsix = \"1\"\nsix = \"2\"\n", 3, 7, "not valid TOML", "remove one"},
        {"[=]\n", 1, 1, "a table header without a name", "[dependencies]"},
        {"[connector]\n[[ .a ]]\n", 2, 1, "a table header without a name", "[dependencies]"},
        {"[hooks]\n\xC3\xA4 = 1\n", 2, 1, "needs quotes", "quotes"},
        {"[hooks]\npre-update = \"\"\"\\\xC3\xA4\"\"\"\n", 2, 18, "needs quotes", "quotes"},
        {"[dependencies]\na = 0x\"\xC3\xA4\"\n", 2, 8, "needs quotes", "quotes"},
        {"[connector]\npersist = [ 1 }\n", 2, 15, "does not match", "brackets"},
        {"[hooks]\npre-update = \"\xC3\xA4\" \xC2\xA0\n", 2, 19, "needs quotes", "quotes"},
    };
    for (const Row& row : rows) {
        const Problem problem = only_error(row.text);
        INFO(std::string(row.text), " -> ", display(problem, {}));
        CHECK(problem.line == row.line);
        CHECK(problem.column == row.column);
        CHECK(holds(problem.message, row.message));
        CHECK(holds(problem.hint, row.hint));
    }
}

TEST_CASE("parse_gupfile: columns of the TOML form are bytes, problems are in the file's order") {
    const Gupfile gupfile = parse_gupfile(
        "[dependencies]\nz = \"1 2\"\n\"\xC3\xA4\" = \"1\"\nb = { \"\xC3\xA4\" = 1, x = 2, version = \"1\" }\na = 1\n");
    std::vector<std::pair<int, int>> places;
    for (const Problem& problem : gupfile.problems) places.emplace_back(problem.line, problem.column);
    CHECK(places == std::vector<std::pair<int, int>>{{2, 6}, {3, 1}, {4, 7}, {4, 17}, {5, 1}});
}

TEST_CASE("parse_gupfile: a key of thousands of parts is an error, not the end of the stack") {
    std::string key = "a";
    for (int i = 0; i < 300'000; ++i) key += ".a";
    CHECK(holds(only_error("[dependencies]\n" + key + " = \"1\"\n").message, "too many parts"));
    CHECK(holds(only_error("[" + key + "]\n").message, "too many parts"));
    CHECK(holds(only_error("[hooks]\npre-update = { " + key + " = 1 }\n").message, "too many parts"));
    CHECK(parse_gupfile("[dependencies]\na = \"1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1\"\n").pins.size() == 1);
}

// Time in proportion to the length: each of them took minutes when every problem was looked up from the first line.
TEST_CASE("parse_gupfile: the problems of a hostile mebibyte are reported in little time") {
    const auto repeated = [](const std::function<std::string(int)>& piece, const std::string& begin = {},
                             const std::string& end = {}) {
        std::string text = begin;
        for (int i = 0; text.size() < (1U << 20U); ++i) text += piece(i);
        return text + end;
    };
    const std::vector<std::string> bombs{
        repeated([](int i) { return fmt::format("[{}]\n", i); }),
        repeated([](int i) { return fmt::format("k{} = 1\n", i); }),
        repeated([](int i) { return fmt::format("k{} = 1\n", i); }, "[connector]\n"),
        repeated([](int i) { return fmt::format("p{} = 1\n", i); }, "[dependencies]\n"),
        repeated([](int i) { return fmt::format("p{}.x = 1\n", i); }, "[dependencies]\n"),
        repeated([](int i) { return fmt::format("p{}=\"1\",", i); }, "dependencies = {", "a=\"1\"}\n"),
        repeated([](int i) { return fmt::format("\"../{}\",", i); }, "[connector]\npersist = [", "]\n"),
        repeated([](int) { return "../x,"s; }, "[connector]\npersist = [\"", "\"]\n"),
        repeated([](int i) { return fmt::format("[a.b{}]\n", i); }),
        repeated([](int) { return "a."s; }, {}, "b = 1\n"),
    };
    for (const std::string& bomb : bombs) {
        const Gupfile gupfile = parse_gupfile(bomb);
        CAPTURE(bomb.substr(0, 40));
        CHECK_FALSE(gupfile.usable());
        CHECK(gupfile.problems.size() <= 101);
    }
}
