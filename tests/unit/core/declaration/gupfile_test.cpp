// SPDX-License-Identifier: Apache-2.0
#include "core/declaration/gupfile.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "gupfile_fixture.hpp"

using namespace gup;
using namespace std::string_literals;

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

TEST_CASE("parse_gupfile: a malformed line is reported with its place and a suggestion") {
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
        {"paho-mqtt[proxy]==1.3.1", 17, "requirements.txt", "write paho-mqtt[proxy],1.3.1"},
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
        {"uvicorn[standard]", 18, "uvicorn[standard] has no version", "uvicorn[standard],VERSION"},
        {"uvicorn [ standard ] 0.1", 21, "no comma between", "uvicorn[standard],0.1"},
        {"uvicorn[standard,0.1", 8, "no ']' after the extras", "uvicorn[EXTRA],0.1"},
        {"uvicorn[standard]x,0.1", 18, "text after the extras", "uvicorn[EXTRA],0.1"},
        {"uvicorn[standard,],0.1", 18, "an extra has no name", "uvicorn[EXTRA],0.1"},
        {"uvicorn[,standard],0.1", 9, "an extra has no name", "uvicorn[EXTRA],0.1"},
        {"uvicorn[a, b c],0.1", 12, "not the name of an extra", "uvicorn[EXTRA],0.1"},
        {"uvicorn[-a],0.1", 9, "not the name of an extra", "uvicorn[EXTRA],0.1"},
        {"uvicorn[a,b]>=0.1,<1", 13, "range", "uvicorn[a,b],VERSION"},
        {"uvicorn[a],", 12, "uvicorn[a] has no version", "uvicorn[a],VERSION"},
        {"uvicorn[a],0.1,https://h/u.git", 16, "does not begin with git+", "write git+https://h/u.git"},
        {"uvicorn[a],0.1,git+https://h/u,more", 32, "4 fields", "uvicorn[a],0.1,git+https://h/u"},
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
        INFO(row.line, " -> ", display(problem, {}));
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

TEST_CASE("parse_gupfile: an unresolved merge conflict is one problem, and the lines outside of it are still read") {
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

TEST_CASE("parse_gupfile: a file that is not text gives a bounded report") {
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
            const std::string shown = display(problem, {});
            CHECK(shown.size() < 1000);
            CHECK_MESSAGE(!holds(shown, "hunter2"), shown);
            CHECK(shown.find('\x1b') == std::string::npos);
        }
    }
}

TEST_CASE("display: a problem is file, line, column, sentence and hint") {
    CHECK(display({Severity::error, 3, 10, "pyserial has no version", "write it"}, "smart-meter/") ==
          "smart-meter/gupfile:3:10: pyserial has no version\nhint: write it");
    CHECK(display({Severity::warning, 3, 1, "again", ""}, {}) == "gupfile:3:1: warning: again");
    CHECK(display({Severity::error, 0, 0, "unreadable", ""}, {}) == "gupfile: unreadable");
    CHECK(display({Severity::error, 2, 0, "again", "", "requirements.txt"}, "meter/") ==
          "meter/requirements.txt:2: again");
}

TEST_CASE("parse_gupfile: no bytes make it crash") {
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

TEST_CASE("parse_gupfile: the number of pins is limited") {
    std::string text;
    for (int i = 0; i < 50'000; ++i) text += "p" + std::to_string(i) + ",1\n";
    const Gupfile gupfile = parse_gupfile(text);
    CHECK(gupfile.pins.size() == 2000);
    CHECK(!gupfile.usable());
    CHECK(holds(gupfile.problems.front().message, "more than 2000 pins"));
}

TEST_CASE("overlay_pins: a pin replaces the one of the same name, others are appended") {
    Gupfile gupfile = parse_gupfile("gup-one,1.0\ngup-two,1.0\n");
    overlay_pins(gupfile, {{"Gup_Two", "2.0", "", 0}, {"gup-three", "3.0", "", 0}});
    REQUIRE(gupfile.pins.size() == 3);
    CHECK(gupfile.pins[0].name == "gup-one");
    CHECK(gupfile.pins[1].version == "2.0");
    CHECK(gupfile.pins[2].name == "gup-three");
}
