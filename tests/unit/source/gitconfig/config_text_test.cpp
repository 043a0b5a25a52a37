// SPDX-License-Identifier: Apache-2.0
#include "source/gitconfig/config_text.hpp"

#include <doctest/doctest.h>

#include <string>

namespace gup::test {
namespace {

// "name=value|name2" as git config --list shows it.
std::string listed(const std::string& text) {
    const auto values = git::parse_config_text(text, "f");
    if (!values.ok()) return values.error().message;
    std::string out;
    for (const git::ConfigValue& one : *values) {
        out += (out.empty() ? "" : "|") + one.name + (one.value ? "=" + *one.value : "");
    }
    return out;
}

}  // namespace

TEST_CASE("parse_config_text: what git config --list shows") {
    CHECK(listed("") == "");
    CHECK(listed("[Core]\n\tBare = true\n") == "core.bare=true");
    CHECK(listed("[core]\n\tbare\n") == "core.bare");
    CHECK(listed("[core]bare=1 ; no\n") == "core.bare=1");
    CHECK(listed("[remote \"Or.igin\"]\n\tURL = a # b\n") == "remote.Or.igin.url=a");
    CHECK(listed("[remote \"a\\\"b\\\\c\"]\n\turl = \" x \" # y\n") == "remote.a\"b\\c.url= x ");
    CHECK(listed("[Branch.Main]\n\tremote = o\n") == "branch.main.remote=o");
    CHECK(listed("[a]\n\tk = one \\\n  two\n") == "a.k=one   two");
    CHECK(listed("[a]\n\tk = \"a\\tb\\nc\"\"d;\"\n") == "a.k=a\tb\ncd;");
    CHECK(listed("\xEF\xBB\xBF[a]\r\n\tk = v\r\n\tl = \r\n") == "a.k=v|a.l=");
    CHECK(listed("[a]\n\tk = v\twith  blanks \n") == "a.k=v with  blanks");
    CHECK(listed("k = 0\n[a]\n\tk = v\n") == "k=0|a.k=v");  // git complains, and goes on
    CHECK(listed("# c\n; d\n[a] k = 1\n[b]\n\tk = 2") == "a.k=1|b.k=2");
}

TEST_CASE("parse_config_text: a mistake is named with its line") {
    struct Row {
        const char* text;
        const char* said;
    };
    const Row rows[] = {
        {"[a]\n\tk = v\n[user\n\tname = x\n", "f, line 3: the [section] has no ]"},
        {"= v\n", "f, line 1: neither a key nor a [section]"},
        {"[a]\n\n\t= v\n", "f, line 3: neither a key nor a [section]"},
        {"[a]\n\tk v\n", "f, line 2: the key has no ="},
        {"[a]\n\tk = \"v\n\tl = w\n", "f, line 2: the text in quotes has no end"},
        {"[a \"b]\n\tk = v\n", "f, line 1: the name in quotes has no end"},
        {"[a b]\n\tk = v\n", "f, line 1: the [section] has no ]"},
        {"[a]\n\tk = C:\\new\\data\n", "f, line 2: a backslash before a letter that needs none"},
        {"<<<<<<< HEAD\n[a]\n", "f, line 1: neither a key nor a [section]"},
        {"[a]\n<<<<<<< HEAD\n", "f, line 2: neither a key nor a [section]"},
    };
    for (const Row& row : rows) {
        const auto values = git::parse_config_text(row.text, "f");
        REQUIRE_MESSAGE(!values.ok(), row.text);
        CHECK_MESSAGE(values.error().message.find(row.said) != std::string::npos, values.error().message);
        CHECK(values.error().cause == Cause::git_config);
        CHECK(values.error().hint.find("correct f, line") != std::string::npos);
    }
}

TEST_CASE("format_config_text: parse_config_text reads it again") {
    const git::ConfigValues values{
        {"a.k", " v\n\"\\#;", "f", 1}, {"url.git@h:a=b/.insteadof", "x", "f", 2}, {"b.c", {}, "f", 3}};
    const auto again = git::parse_config_text(git::format_config_text(values), "g");
    REQUIRE(again.ok());
    REQUIRE(again->size() == values.size());
    for (std::size_t i = 0; i < values.size(); ++i) {
        CHECK((*again)[i].name == values[i].name);
        CHECK((*again)[i].value == values[i].value);
    }
}

TEST_CASE("boolean_of: as git") {
    for (const char* yes : {"true", "YES", "on", "1", "2", "-1", "1k"})
        CHECK_MESSAGE(git::boolean_of(std::string(yes)) == true, yes);
    for (const char* no : {"false", "No", "off", "0", ""}) CHECK_MESSAGE(git::boolean_of(std::string(no)) == false, no);
    for (const char* bad : {"maybe", "1x", "truee", " true"}) CHECK_MESSAGE(!git::boolean_of(std::string(bad)), bad);
    CHECK(git::boolean_of(std::nullopt) == true);
}

}  // namespace gup::test
