#include "core/gupfile.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <string>
#include <string_view>
#include <vector>

using namespace gup;

namespace {

using namespace std::string_literals;

bool holds(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

// The one error of `text`.
Problem only_error(std::string_view text) {
    const Gupfile gupfile = parse_gupfile(text);
    REQUIRE_MESSAGE(gupfile.problems.size() == 1, std::string(text));
    CHECK_FALSE(gupfile.usable());
    CHECK_FALSE(gupfile.problems[0].hint.empty());
    return gupfile.problems[0];
}

Requirement only_pin(std::string_view text) {
    const Gupfile gupfile = parse_gupfile(text);
    CHECK(gupfile.problems.empty());
    REQUIRE_MESSAGE(gupfile.pins.size() == 1, std::string(text));
    return gupfile.pins[0];
}

const std::string commit = "0123456789abcdef0123456789abcdef01234567";

}  // namespace

TEST_CASE("parse_gupfile: lines known from the field are pins") {
    struct Row {
        std::string_view line;
        Requirement pin;
    };
    const std::vector<Row> rows{
        {"Flask,1.0.2", {"Flask", "1.0.2", "", 1}},
        {"websockets,7.0", {"websockets", "7.0", "", 1}},
        {"rgbxy,0.5", {"rgbxy", "0.5", "", 1}},
        {"paho-mqtt,1.3.1", {"paho-mqtt", "1.3.1", "", 1}},
        {"pyserial,3.4", {"pyserial", "3.4", "", 1}},
        {"six,1.11.0", {"six", "1.11.0", "", 1}},
        {"requests,2.19.1", {"requests", "2.19.1", "", 1}},
        {"zeroconf,0.21.3", {"zeroconf", "0.21.3", "", 1}},
        {"pytz,2018.5", {"pytz", "2018.5", "", 1}},
        {"certifi,2018.11.29", {"certifi", "2018.11.29", "", 1}},
        {"PyYAML,3.13", {"PyYAML", "3.13", "", 1}},
        {"ruamel.yaml,0.15.80", {"ruamel.yaml", "0.15.80", "", 1}},
        {"typing_extensions,3.6.6", {"typing_extensions", "3.6.6", "", 1}},
        {"RPi.GPIO,0.6.5", {"RPi.GPIO", "0.6.5", "", 1}},
        {"client-connector-lib,3.1.9test", {"client-connector-lib", "3.1.9test", "", 1}},
        {"aiohttp,4.0.0a1", {"aiohttp", "4.0.0a1", "", 1}},
        {"pip,10.0.0.dev0", {"pip", "10.0.0.dev0", "", 1}},
        {"torch,1.0.0+cpu", {"torch", "1.0.0+cpu", "", 1}},
        {"x,1!2.0", {"x", "1!2.0", "", 1}},
        {"x,1.0-1", {"x", "1.0-1", "", 1}},
        {"x,v1.0", {"x", "v1.0", "", 1}},
        {"x,master", {"x", "master", "", 1}},
        {"lib,5.0.0,git+https://github.com/SENERGY-Platform/lib.git",
         {"lib", "5.0.0", "git+https://github.com/SENERGY-Platform/lib.git", 1}},
        {"lib,5.0.0,git+ssh://git@host:2222/lib.git#egg=lib",
         {"lib", "5.0.0", "git+ssh://git@host:2222/lib.git#egg=lib", 1}},
        {"lib,5.0.0,git+file:///srv/lib.git", {"lib", "5.0.0", "git+file:///srv/lib.git", 1}},
        {"lib,5.0.0,git+https://bob:se=cret@host/lib.git", {"lib", "5.0.0", "git+https://bob:se=cret@host/lib.git", 1}},
        {"lib,0123456789abcdef0123456789abcdef01234567,git+https://h/lib", {"lib", commit, "git+https://h/lib", 1}},
        {"  six , 1.11.0  ", {"six", "1.11.0", "", 1}},
        {"\tsix,\t1.11.0\t", {"six", "1.11.0", "", 1}},
        {"six,1.11.0,", {"six", "1.11.0", "", 1}},
        {"six,1.11.0\r", {"six", "1.11.0", "", 1}},
        {"0x,1", {"0x", "1", "", 1}},
    };
    for (const Row& row : rows) CHECK(only_pin(row.line) == row.pin);
}

TEST_CASE("parse_gupfile: a malformed line is reported with its place and what was probably meant") {
    struct Row {
        std::string line;
        int column;
        std::string_view message;
        std::string_view hint;
    };
    const std::vector<Row> rows{
        {"pyserial", 9, "pyserial has no version", "pyserial,VERSION"},
        {"  pyserial  ", 11, "pyserial has no version", "pyserial,VERSION"},
        {"pyserial,", 10, "pyserial has no version", "pyserial,VERSION"},
        {"name; Version: 3.0.3", 5, "no comma between", "name,3.0.3"},
        {"name, Version: 3.0.3", 7, "has a label", "name,3.0.3"},
        {"name,version=3.0.3", 6, "has a label", "name,3.0.3"},
        {"name, Version:", 7, "has a label", "name,VERSION"},
        {"2018.07.07-10:58:52", 1, "is not a pin", "begins with #"},
        {"2018", 1, "is not a pin", "NAME,VERSION"},
        {"name;3.0.3", 5, "no comma between", "name,3.0.3"},
        {"name: 3.0.3", 5, "no comma between", "name,3.0.3"},
        {"name 3.0.3", 5, "no comma between", "name,3.0.3"},
        {"name=3.0.3", 5, "no comma between", "name,3.0.3"},
        {"name = 3.0.3", 5, "no comma between", "name,3.0.3"},
        {"name@3.0.3", 5, "no comma between", "name,3.0.3"},
        {"name is nice", 5, "is not a pin", "name,VERSION"},
        {"paho-mqtt==1.3.1", 10, "requirements.txt", "paho-mqtt,1.3.1"},
        {"paho-mqtt===1.3.1", 10, "requirements.txt", "paho-mqtt,1.3.1"},
        {"paho-mqtt == 1.3.1  # note", 10, "requirements.txt", "paho-mqtt,1.3.1"},
        {"paho-mqtt==1.3.1; python_version<'3'", 10, "requirements.txt", "paho-mqtt,1.3.1"},
        {"paho-mqtt[proxy]==1.3.1", 17, "requirements.txt", "write paho-mqtt,1.3.1"},
        {"paho-mqtt==1.3.1,", 10, "requirements.txt", "paho-mqtt,1.3.1"},
        {"lib @ git+https://h/lib@v1", 4, "requirements.txt", "lib,VERSION,git+"},
        {"paho-mqtt,==1.3.1", 11, "begins with '=='", "paho-mqtt,1.3.1"},
        {"paho-mqtt>=1.0", 10, "range", "paho-mqtt,VERSION"},
        {"paho-mqtt>=1.0,<2.0", 10, "range", "paho-mqtt,VERSION"},
        {"paho-mqtt,>=1.0,<2.0", 10, "range", "paho-mqtt,VERSION"},
        {"paho-mqtt,>=1.0", 11, "range", "paho-mqtt,VERSION"},
        {"paho-mqtt~=1.0", 10, "range", "paho-mqtt,VERSION"},
        {"paho-mqtt!=1.0", 10, "range", "paho-mqtt,VERSION"},
        {"paho-mqtt,!=1.0", 11, "range", "paho-mqtt,VERSION"},
        {"paho-mqtt,1.3.*", 11, "range", "paho-mqtt,VERSION"},
        {"paho-mqtt==1.*", 10, "range", "paho-mqtt,VERSION"},
        {"six,1.0,git+https://h/six.git,more", 31, "4 fields", "six,1.0,git+https://h/six.git"},
        {",1.0", 1, "no name", "NAME,1.0"},
        {",", 1, "no name", "NAME,"},
        {"--index-url,1.0", 1, "not the name", "letters"},
        {"-r requirements.txt", 1, "not a pin", "NAME,VERSION"},
        {"git+https://h/six.git", 1, "not a pin", "NAME,VERSION,git+"},
        {"a b,1.0", 1, "not the name", "letters"},
        {"-six,1.0", 1, "not the name", "letters"},
        {"six.,1.0", 1, "not the name", "letters"},
        {"\xC3\xA4pfel,1.0", 1, "not the name", "letters"},
        {"uvicorn[standard],0.1", 1, "extras", "uvicorn,0.1"},
        {"uvicorn[standard]", 1, "extras", "uvicorn,VERSION"},
        {"six,1.0 --pre", 8, "white space", "six,1.0"},
        {"six,1.0 # pinned", 9, "comment", "six,1.0"},
        {"six,\"1.0\"", 5, "quotes", "six,1.0"},
        {"six,1.0;x", 8, "is not a version", "six,VERSION"},
        {"six,-1.0", 5, "is not a version", "six,VERSION"},
        {"six,1.0\xC2\xA0", 8, "is not a version", "six,VERSION"},
        {"six," + commit, 5, "no source", "git+"},
        {"six,1.0,six-master", 9, "does not begin with git+", "git+https://"},
        {"six,1.0,https://h/six.git", 9, "does not begin with git+", "write git+https://h/six.git"},
        {"six,1.0,git@h:org/six.git", 9, "does not begin with git+", "write git+ssh://git@h/org/six.git"},
        {"six,1.0,git+git@h:org/six.git", 9, "not a source", "write git+ssh://git@h/org/six.git"},
        {"six,1.0,git+/srv/six", 9, "not a source", "write git+file:///srv/six"},
        {"six,1.0,git+ftp://h/six", 9, "not a source", "git+https://"},
        {"six,1.0,git+nonsense", 9, "usable URL", "git+https://"},
        {"six,1.0,git+https://h/a b", 9, "usable URL", "git+https://"},
        {"six,1.0,git+https://h/six.git@v1.0", 9, "names a revision", "leave out '@v1.0'"},
        {"six,1.0\0"s, 8, "NUL", "git checkout"},
        {"six,1.0\xFF", 8, "UTF-8", "UTF-8"},
        {"s\xED\xA0\x80x,1.0", 2, "UTF-8", "UTF-8"},
        {"six,1.0\xC3", 8, "UTF-8", "UTF-8"},
        {"<<<<<<< HEAD", 1, "merge conflict", "======="},
        {"=======", 1, "merge conflict", "remove"},
        {"===", 1, "not a pin", "NAME,VERSION"},
    };
    for (const Row& row : rows) {
        const Problem problem = only_error("# pins\n" + row.line + "\n");
        INFO(row.line, " -> ", display(problem, "gupfile"));
        CHECK(problem.severity == Severity::error);
        CHECK(problem.line == 2);
        CHECK(problem.column == row.column);
        CHECK(holds(problem.message, row.message));
        CHECK(holds(problem.hint, row.hint));
    }
}

TEST_CASE("parse_gupfile: one problem does not hide the others, nor the pins") {
    const Gupfile gupfile =
        parse_gupfile("six,1.0\npyserial\nname; Version: 3.0.3\nFlask,1.0.2\n-bad-,>=1\n2018.07.07-10:58:52");
    CHECK_FALSE(gupfile.usable());
    REQUIRE(gupfile.problems.size() == 5);
    std::vector<int> lines;
    for (const Problem& problem : gupfile.problems) lines.push_back(problem.line);
    CHECK(lines == std::vector<int>{2, 3, 5, 5, 6});
    REQUIRE(gupfile.pins.size() == 2);
    CHECK(gupfile.pins[1] == Requirement{"Flask", "1.0.2", "", 4});
}

TEST_CASE("parse_gupfile: BOM, line ends, blank lines, comments and a missing last newline do not matter") {
    for (const std::string_view text :
         {"six,1.11.0\npaho-mqtt,1.3.1\n", "six,1.11.0\npaho-mqtt,1.3.1", "six,1.11.0\r\npaho-mqtt,1.3.1\r\n",
          "six,1.11.0\r\npaho-mqtt,1.3.1\r", "\xEF\xBB\xBFsix,1.11.0\npaho-mqtt,1.3.1\n",
          "# pins\n\n  six , 1.11.0  \n   # more\n\tpaho-mqtt,\t1.3.1\n\n\n",
          "[dependencies]\nsix = \"1.11.0\"\npaho-mqtt = { version = \"1.3.1\" }\n",
          "\xEF\xBB\xBF# pins\r\n[dependencies]\r\nsix = \"1.11.0\"\r\npaho-mqtt = \"1.3.1\"",
          "\n# pins\ndependencies.six = \"1.11.0\"\ndependencies . \"paho-mqtt\" = '1.3.1'\n",
          "dependencies = { six = \"1.11.0\", paho-mqtt = \"1.3.1\" }"}) {
        const Gupfile gupfile = parse_gupfile(text);
        INFO(std::string(text));
        CHECK(gupfile.problems.empty());
        REQUIRE(gupfile.pins.size() == 2);
        CHECK(gupfile.pins[0].name == "six");
        CHECK(gupfile.pins[1].name == "paho-mqtt");
        CHECK(gupfile.pins[1].version == "1.3.1");
        CHECK(gupfile.pins[1].source.empty());
    }
}

TEST_CASE("parse_gupfile: an empty gupfile is usable and pins nothing") {
    for (const std::string_view text :
         {"", "\n", "\r\n", "# nothing\n", "\xEF\xBB\xBF", "   ", "[dependencies]\n", "[connector]"}) {
        const Gupfile gupfile = parse_gupfile(text);
        CHECK(gupfile.usable());
        CHECK(gupfile.pins.empty());
        CHECK(gupfile.problems.empty());
    }
}

TEST_CASE("parse_gupfile: the same package twice is an error when it differs, a warning when it does not") {
    for (const std::string_view second : {"Paho_MQTT,1.3.0", "paho.mqtt,1.3.1,git+https://h/x", "paho-mqtt,1.3.10"}) {
        const Problem problem = only_error("paho-mqtt,1.3.1\n" + std::string(second));
        CHECK(problem.line == 2);
        CHECK(problem.column == 1);
        CHECK(holds(problem.message, "line 1"));
    }
    for (const std::string_view second : {"Paho_MQTT,1.3.1", "paho-mqtt,1.3.1.0", "paho-mqtt,v1.3.1"}) {
        const Gupfile gupfile = parse_gupfile("paho-mqtt,1.3.1\n" + std::string(second));
        CHECK(gupfile.usable());
        CHECK(gupfile.pins == std::vector<Requirement>{{"paho-mqtt", "1.3.1", "", 1}});
        REQUIRE(gupfile.problems.size() == 1);
        CHECK(gupfile.problems[0].severity == Severity::warning);
        CHECK(gupfile.problems[0].line == 2);
    }
    CHECK(parse_gupfile("a,1,git+https://h/a\na,1,git+https://u:p@H/a.git\n").usable());
    CHECK_FALSE(parse_gupfile("[dependencies]\nsix = \"1\"\nSIX = \"2\"\n").usable());
}

TEST_CASE("parse_gupfile: an unresolved merge conflict is one problem, and what is outside of it is still read") {
    const Gupfile gupfile =
        parse_gupfile("six,1.0\n<<<<<<< HEAD\nFlask,1.0\n||||||| base\n=======\nFlask,1.1\n>>>>>>> other\npyserial\n");
    REQUIRE(gupfile.problems.size() == 2);
    CHECK(gupfile.problems[0].line == 2);
    CHECK(holds(gupfile.problems[0].message, "merge conflict"));
    CHECK(gupfile.problems[1].line == 8);
    CHECK(gupfile.pins == std::vector<Requirement>{{"six", "1.0", "", 1}});

    const Problem toml = only_error("[dependencies]\n<<<<<<< HEAD\nsix = \"1\"\n=======\nsix = \"2\"\n>>>>>>> other\n");
    CHECK(toml.line == 2);
    CHECK(holds(toml.message, "merge conflict"));
}

TEST_CASE("parse_gupfile: a file that is no text at all gives a bounded report") {
    const Problem utf16 = only_error("\xFF\xFEs\0i\0x\0"s);
    CHECK(holds(utf16.message, "UTF-16"));
    std::string binary;
    for (int i = 0; i < 10'000; ++i) binary += "\0\xFF\n"s;
    CHECK(parse_gupfile(binary).problems.size() < 200);
}

TEST_CASE("parse_gupfile: a message is bounded, free of control bytes, and shows no secret") {
    const std::string x(1'000'000, 'x');
    const std::string u = "git+https://bob:hunter2@h";
    for (const std::string& text :
         std::vector<std::string>{x,
                                  x + ",1.0 " + x,
                                  "six,1.0," + x,
                                  "six," + x + " x",
                                  x + ";1.0",
                                  "a,b,c,d" + x,
                                  "[" + x,
                                  x + " = \"1\"",
                                  "[dependencies]\n" + x + " = 1",
                                  "[dependencies]\nsix = " + x,
                                  "six,1.0,https://bob:hunter2@h/x",
                                  "six,1.0," + u + "/x y",
                                  "six,1.0," + u + "/x@v1",
                                  "six,>=1," + u + "/x",
                                  "six,1," + u + "/x,more",
                                  u + "/x",
                                  "six,1," + u + "/x\nsix,2," + u + "/x",
                                  "six,1\x01\x1b[31m2",
                                  "six @ " + u + "/x",
                                  "[dependencies]\nsix = { version = \">1\", source = \"" + u + "/x\" }",
                                  "https://bob:hunter2@h/x = 1"}) {
        const Gupfile gupfile = parse_gupfile(text);
        REQUIRE(gupfile.problems.size() >= 1);
        for (const Problem& problem : gupfile.problems) {
            const std::string shown = display(problem, "gupfile");
            CHECK(shown.size() < 1000);
            CHECK_MESSAGE(!holds(shown, "hunter2"), shown);
            CHECK(shown.find('\x1b') == std::string::npos);
        }
    }
}

TEST_CASE("parse_gupfile: the TOML form fills every field") {
    const Gupfile gupfile = parse_gupfile(R"(# smart meter
[connector]
branch  = "field/main"
layout  = "releases"
service = "smart-meter.service"
persist = ["data", "settings.json"]

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
within  = "2m"
)");
    CHECK(gupfile.problems.empty());
    CHECK(gupfile.branch == "field/main");
    CHECK(gupfile.layout == Layout::releases);
    CHECK(gupfile.service == "smart-meter.service");
    CHECK(gupfile.persist == std::vector<std::string>{"data", "settings.json"});
    CHECK(gupfile.pins == std::vector<Requirement>{{"paho-mqtt", "1.3.1", "", 9},
                                                   {"client-connector-lib", "5.0.0", "git+https://h/lib.git", 10},
                                                   {"ruamel.yaml", "0.15", "", 11},
                                                   {"abc", "1", "", 13}});
    CHECK(gupfile.pre_update == "scripts/pre.sh");
    CHECK(gupfile.post_update == "scripts/post.sh");
    CHECK(gupfile.health.command == "bin/healthcheck");
    CHECK(gupfile.health.within == std::chrono::seconds(120));
}

TEST_CASE("parse_gupfile: what the TOML form leaves out has its default") {
    const Gupfile gupfile = parse_gupfile("[connector]\n");
    CHECK(gupfile.branch.empty());
    CHECK(gupfile.layout == Layout::in_place);
    CHECK(gupfile.health.within == std::chrono::seconds(60));
    CHECK(gupfile.health.command.empty());
}

TEST_CASE("parse_gupfile: within is a text with a unit, or seconds") {
    const auto within = [](const std::string& value) {
        const Gupfile gupfile = parse_gupfile("[health]\nwithin = " + value);
        return gupfile.usable() ? gupfile.health.within.count() : -1;
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

TEST_CASE("parse_gupfile: what is wrong in the TOML form is reported with its place and the nearest known word") {
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
        {"[connector]\npersist = [\"../x\"]\n", 2, 12, "leads out", "relative"},
        {"[connector]\npersist = [\"/etc\"]\n", 2, 12, "leads out", "relative"},
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
        {"[health]\nwithin = \"soon\"\n", 2, 1, "'within' is not a time", "\"60s\""},
        {"[dependencies\n", 1, 14, "not valid TOML", "[dependencies]"},
        {"[dependencies]\nsix = \"1.0\n", 2, 11, "not valid TOML", "quote"},
        {"[dependencies]\nsix = 1.11.0\n", 2, 11, "not valid TOML", "quotes"},
        {"[dependencies]\nsix,1.0\n", 2, 4, "not valid TOML", "quotes"},
        {"[dependencies]\nsix = \"1\"\nsix = \"2\"\n", 3, 7, "not valid TOML", "remove one"},
        {"[=]\n", 1, 1, "a table header without a name", "[dependencies]"},
        {"[connector]\n[[ .a ]]\n", 2, 1, "a table header without a name", "[dependencies]"},
        {"[hooks]\n\xC3\xA4 = 1\n", 2, 1, "in quotes", "quotes"},
        {"[hooks]\npre-update = \"\"\"\\\xC3\xA4\"\"\"\n", 2, 18, "in quotes", "quotes"},
        {"[dependencies]\na = 0x\"\xC3\xA4\"\n", 2, 8, "in quotes", "quotes"},
        {"[connector]\npersist = [ 1 }\n", 2, 15, "does not match", "brackets"},
        {"[hooks]\npre-update = \"\xC3\xA4\" \xC2\xA0\n", 2, 19, "in quotes", "quotes"},
    };
    for (const Row& row : rows) {
        const Problem problem = only_error(row.text);
        INFO(std::string(row.text), " -> ", display(problem, "gupfile"));
        CHECK(problem.line == row.line);
        CHECK(problem.column == row.column);
        CHECK(holds(problem.message, row.message));
        CHECK(holds(problem.hint, row.hint));
    }
}

TEST_CASE("parse_gupfile: columns of the TOML form count bytes, problems stand in the file's order") {
    const Gupfile gupfile = parse_gupfile(
        "[dependencies]\nz = \"1 2\"\n\"\xC3\xA4\" = \"1\"\nb = { \"\xC3\xA4\" = 1, x = 2, version = \"1\" }\na = 1\n");
    std::vector<std::pair<int, int>> places;
    for (const Problem& problem : gupfile.problems) places.emplace_back(problem.line, problem.column);
    CHECK(places == std::vector<std::pair<int, int>>{{2, 6}, {3, 1}, {4, 7}, {4, 17}, {5, 1}});
}

TEST_CASE("display: a problem is file, line, column, sentence and hint") {
    CHECK(display({Severity::error, 3, 10, "pyserial has no version", "write it"}, "smart-meter/gupfile") ==
          "smart-meter/gupfile:3:10: pyserial has no version\nhint: write it");
    CHECK(display({Severity::warning, 3, 1, "again", ""}, "gupfile") == "gupfile:3:1: warning: again");
    CHECK(display({Severity::error, 0, 0, "unreadable", ""}, "gupfile") == "gupfile: unreadable");
}

TEST_CASE("parse_gupfile: no bytes bring it down") {
    std::mt19937 random(5);
    const std::vector<std::string> parts{"six",
                                         ",",
                                         "1.0",
                                         "\n",
                                         "\r",
                                         "[",
                                         "]",
                                         "=",
                                         "\"",
                                         "{",
                                         "}",
                                         "dependencies",
                                         "[dependencies]\n",
                                         "[connector]\n",
                                         "version",
                                         "#",
                                         " ",
                                         "\t",
                                         "<<<<<<<",
                                         ">>>>>>>",
                                         "=======",
                                         "\0"s,
                                         "\xC3",
                                         "\xA4",
                                         "\xEF\xBB\xBF",
                                         "git+https://h/x",
                                         "@",
                                         ";",
                                         ":",
                                         "==",
                                         ">=",
                                         "*",
                                         "'",
                                         "within = ",
                                         "persist = [",
                                         "-",
                                         "\"\"\"",
                                         "\\",
                                         "[[",
                                         "]]",
                                         "."};
    for (int round = 0; round < 20'000; ++round) {
        std::string text;
        for (auto n = random() % 14; n > 0; --n) text += parts[random() % parts.size()];
        INFO(text);
        const Gupfile gupfile = parse_gupfile(text);
        for (const Problem& problem : gupfile.problems) {
            REQUIRE(problem.line >= 1);
            REQUIRE(problem.line <= 1 + std::count(text.begin(), text.end(), '\n'));
            REQUIRE(problem.column >= 1);
            REQUIRE(problem.column <= static_cast<int>(text.size()) + 1);
            REQUIRE_FALSE(problem.message.empty());
            REQUIRE_FALSE(problem.hint.empty());
        }
        for (const Requirement& pin : gupfile.pins) {
            REQUIRE(is_distribution_name(pin.name));
            REQUIRE_FALSE(pin.version.empty());
            REQUIRE_FALSE(pin.version.starts_with('-'));
        }
    }
}
