// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "gupfile_fixture.hpp"

using namespace gup;

namespace {

using Texts = std::vector<std::string>;

const std::string hash_a = "sha256:" + std::string(64, 'a');
const std::string hash_b = "sha256:" + std::string(64, 'b');

// Lines below [dependencies].
std::string toml(const std::string& lines) {
    return "[dependencies]\n" + lines + "\n";
}

}  // namespace

TEST_CASE("parse_gupfile: both forms take the extras of a pin") {
    struct Row {
        std::string text;
        Texts extras;
    };
    for (const Row& row : std::vector<Row>{
             {"requests[socks],2.31.0", {"socks"}},
             {"requests[socks,use_chardet_on_py3],2.31.0", {"socks", "use_chardet_on_py3"}},
             {"requests [ socks , security ] , 2.31.0", {"socks", "security"}},
             {"requests[socks],2.31.0,", {"socks"}},
             {"requests[],2.31.0", {}},
             {"requests[ ],2.31.0", {}},
             {"requests[Socks,socks,SOCKS],2.31.0", {"Socks"}},
             {toml("requests = { version = \"2.31.0\", extras = [\"socks\"] }"), {"socks"}},
             {toml("requests = { version = \"2.31.0\", extras = [] }"), {}},
             {toml("\"requests[socks]\" = \"2.31.0\""), {"socks"}},
             {toml("'requests [socks, security]' = '2.31.0'"), {"socks", "security"}},
             {toml("\"requests[socks]\" = { version = \"2.31.0\", extras = [\"security\", \"socks\"] }"),
              {"socks", "security"}},
             {"dependencies.\"requests[socks]\" = \"2.31.0\"", {"socks"}},
         }) {
        INFO(row.text);
        const Requirement pin = only_pin(row.text);
        CHECK(pin.name == "requests");
        CHECK(pin.version == "2.31.0");
        CHECK(pin.source.empty());
        CHECK(pin.extras == row.extras);
    }
    const Requirement git = only_pin("lib[fast,safe],5.0.0,git+https://h/lib.git");
    CHECK(git.extras == Texts{"fast", "safe"});
    CHECK(git.source == "git+https://h/lib.git");
}

TEST_CASE("parse_gupfile: the same package with the same extras is a warning, with others an error") {
    for (const std::string second : {"Requests[SOCKS,a_b],2", "requests[a.b, socks],2.0", "requests [a-b,socks] , 2"}) {
        const Gupfile gupfile = parse_gupfile("requests[socks,a-b],2\n" + second);
        INFO(second);
        CHECK(gupfile.usable());
        REQUIRE(gupfile.problems.size() == 1);
        CHECK(gupfile.problems[0].severity == Severity::warning);
    }
    for (const std::string second : {"requests,2", "requests[socks],2", "requests[socks,a-b,c],2"}) {
        INFO(second);
        CHECK(holds(only_error("requests[socks,a-b],2\n" + second).message, "pinned twice"));
    }
}

TEST_CASE("parse_gupfile: a pin of TOML takes hashes, in normal form") {
    const std::string long_hash = "sha512:" + std::string(128, '0');
    CHECK(only_pin(toml("six = { version = \"1\", hashes = [\"" + hash_b + "\", \"" + hash_a + "\"] }")).hashes ==
          Texts{hash_a, hash_b});
    CHECK(only_pin(toml("six = { version = \"1\", hashes = [\" SHA256:" + std::string(64, 'A') + " \"] }")).hashes ==
          Texts{hash_a});
    CHECK(only_pin(toml("six = { version = \"1\", hashes = [\n\"" + long_hash + "\",\n\"" + long_hash + "\",\n] }"))
              .hashes == Texts{long_hash});
    CHECK(only_pin(toml("[dependencies.six]\nversion = \"1\"\nhashes = [\"sha384:" + std::string(96, 'c') + "\"]"))
              .hashes.size() == 1);
}

TEST_CASE("parse_gupfile: wrong hashes and extras are reported with their place") {
    struct Row {
        std::string pin;
        int column;
        std::string_view message;
        std::string_view hint;
    };
    for (const Row& row : std::vector<Row>{
             {"hashes = []", 24, "'hashes' is empty", "sha256:"},
             {"hashes = \"" + hash_a + "\"", 24, "must be an array of texts", "hashes = ["},
             {"hashes = [1]", 34, "an integer, and must be text", "sha256:"},
             {"hashes = [\"\"]", 34, "is empty", "sha256:"},
             {"hashes = [\"sha256:abc\"]", 34, "is not a hash", "pip hash"},
             {"hashes = [\"md5:d41d8cd98f00b204e9800998ecf8427e\"]", 34, "is not a hash", "sha384"},
             {"hashes = [\"" + std::string(64, 'a') + "\"]", 34, "is not a hash", "sha256:"},
             {"hashes = [\"sha256=" + std::string(64, 'a') + "\"]", 34, "is not a hash", "sha256:"},
             {"hashes = [\"sha256:" + std::string(64, 'g') + "\"]", 34, "is not a hash", "sha256:"},
             {"hashes = [\"sha256:" + std::string(65, 'a') + "\"]", 34, "is not a hash", "sha256:"},
             {"hash = [\"" + hash_a + "\"]", 24, "unknown key 'hash'", "did you mean hashes?"},
             {"source = \"git+https://h/x\", hashes = [\"" + hash_a + "\"]", 62, "only archives have hashes", "commit"},
             {"extras = \"socks\"", 24, "must be an array of texts", "extras = ["},
             {"extras = [\"a b\"]", 34, "not the name of an extra", "socks"},
             {"extras = [\"a,b\"]", 34, "not the name of an extra", "socks"},
             {"extras = [\"socks\", true]", 43, "a boolean, and must be text", "socks"},
         }) {
        INFO(row.pin);
        const Problem problem = only_error(toml("six = { version = \"1\", " + row.pin + " }"));
        CHECK(problem.line == 2);
        CHECK(problem.column == row.column);
        CHECK(holds(problem.message, row.message));
        CHECK(holds(problem.hint, row.hint));
    }
    CHECK(holds(only_error("[dependencies]\n\"six[a\" = \"1\"\n").message, "no ']'"));
    CHECK(holds(only_error(toml("six = { version = \"1\", hashes = [\"" + hash_a + "\"] }\nSIX = { version = \"1\", " +
                                "hashes = [\"" + hash_b + "\"] }"))
                    .message,
                "different hashes"));
}

TEST_CASE("overlay_pins: a pin of the operator replaces extras, too") {
    Gupfile gupfile = parse_gupfile("requests[socks],2.0\nsix,1\n");
    overlay_pins(gupfile, {{"Requests", "2.1", "", 0}});
    REQUIRE(gupfile.pins.size() == 2);
    CHECK(gupfile.pins[1].extras.empty());
    CHECK(gupfile.usable());
}
