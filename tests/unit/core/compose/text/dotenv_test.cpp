// SPDX-License-Identifier: Apache-2.0
#include "core/compose/text/dotenv.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace gup;
using namespace gup::compose;

namespace {

// "A=1|B=2", then "; line:column: message" of each problem.
std::string parsed(std::string_view text, EnvFormat format = EnvFormat::dotenv) {
    const auto lookup = [](const std::string& name) {
        return name == "OUT" ? std::optional<std::string>("o") : std::nullopt;
    };
    const EnvFile file = parse_env_file(text, format, lookup);
    std::string out;
    for (const EnvLine& line : file.lines) out += (out.empty() ? "" : "|") + line.name + "=" + line.value;
    for (const Problem& problem : file.problems) {
        out += "; " + std::to_string(problem.line) + ":" + std::to_string(problem.column) + ": " + problem.message;
    }
    return out;
}

}  // namespace

TEST_CASE("env file: the forms of a line") {
    const std::pair<const char*, const char*> table[] = {
        {"A=1\nB=2\n", "A=1|B=2"},
        {"A=1", "A=1"},
        {"\n# comment\n  A=1\n", "A=1"},
        {"A=\n", "A="},
        {"A= x y \n", "A=x y"},
        {"A = x\n", "A=x"},
        {"A: x\n", "A=x"},
        {"export A=1\nexport\tB=2\n", "A=1|B=2"},
        {"exported=1\n", "exported=1"},
        {"A=x # c\n", "A=x"},
        {"A=x#c\n", "A=x#c"},
        {"A='x # y'\n", "A=x # y"},
        {"A='it\\'s'\n", "A=it's"},
        {"A='$OUT \\n'\n", "A=$OUT \\n"},
        {"A=\"$OUT \\n \\\"q\\\" \\$OUT\"\n", "A=o \n \"q\" $OUT"},
        {"A=\"a\nb\"\nB=1\n", "A=a\nb|B=1"},
        {"A=\"x\" # c\nB=1\n", "A=x|B=1"},
        {"A=$OUT\nB=${A}2\n", "A=o|B=o2"},
        {"A=${NO:-d}\n", "A=d"},
        {"A=a=b\n", "A=a=b"},
        {"OUT\nNO\nB=1\n", "OUT=o|B=1"},
        {"A.b-c[0]=1\n", "A.b-c[0]=1"},
        {"A=1\r\nB='2'\r\n", "A=1|B=2"},
        {"\xEF\xBB\xBF"
         "A=1\n",
         "A=1"},
        {"A=\xc3\xa4\n", "A=\xc3\xa4"},
        {"A=a b 'c'\n", "A=a b 'c'"},
        {"", ""},
    };
    for (const auto& [text, wanted] : table) {
        CAPTURE(text);
        CHECK(parsed(text) == wanted);
    }
}

TEST_CASE("env file: mistakes have their place") {
    const std::pair<std::string, const char*> table[] = {
        {"A=1\nB C=2\n", "A=1; 2:3: a variable's name has no blanks"},
        {"A!=1\n", "; 1:2: a variable's name cannot have '!'"},
        {"=1\n", "; 1:1: a variable's name cannot have '='"},
        {"A=\"x\n", "; 1:3: the quote of this text has no end"},
        {"A='x' y\nB=1\n", "B=1; 1:7: there is a text after the closing quote"},
        {"A=1\nB=x${NO\n", "A=1; 2:4: the } of a variable is missing"},
        {"A=$NO\n", "A=; 1:3: the variable NO has no value"},
        {std::string("A=\0\n", 4), "; 1:1: the line has a NUL byte"},
        {"A=1\nB=\xff\n", "; 2:1: the line is no UTF-8"},
    };
    for (const auto& [text, wanted] : table) {
        CAPTURE(text);
        CHECK(parsed(text) == wanted);
    }
}

TEST_CASE("env file: raw is as it is") {
    CHECK(parsed("# c\nA='x' $OUT # y\nB=\"1\"\r\nOUT\nNO\n", EnvFormat::raw) == "A='x' $OUT # y|B=\"1\"|OUT=o");
    CHECK(parsed("=1\nA B=2\n", EnvFormat::raw) ==
          "; 1:1: a variable's name is missing, or has blanks; 2:1: a variable's name is "
          "missing, or has blanks");
}

TEST_CASE("env file: values that grow are refused") {
    std::string text = "A0=" + std::string(1000, 'x') + "\n";
    for (int i = 1; i < 30; ++i) {
        const std::string before = "$A" + std::to_string(i - 1);
        text += "A" + std::to_string(i) + "=" + before + before + "\n";
    }
    CHECK(parsed(text).find("the text is too long with its variables") != std::string::npos);
}
