// SPDX-License-Identifier: Apache-2.0
#include "core/declaration/toml_guard.hpp"

#include <doctest/doctest.h>

#include <string>

namespace gup {
namespace {

// "line:column what", or nothing.
std::string toml_flaw(std::string_view text) {
    const auto flaw = find_toml_flaw(text);
    if (!flaw) return "";
    return std::to_string(flaw->line) + ":" + std::to_string(flaw->column) + " " + std::string(flaw->what);
}

bool has_flaw_at(std::string_view text, std::string_view place, std::string_view what) {
    const std::string flaw = toml_flaw(text);
    return flaw.starts_with(std::string(place) + " ") && flaw.find(what) != std::string::npos;
}

}  // namespace

TEST_CASE("find_toml_flaw: usual files have no flaw") {
    for (const char* text : {"",
                             "a = 1\n",
                             "[a]\nb = \"x\"\n",
                             "[[a]]\n",
                             "[ a ]\n",
                             "[[ a ]]\n",
                             "\t[a]\n",
                             " \t\r[a]\n",
                             "[]\n",
                             "[",
                             "[\"a b\"]\n",
                             "['a']\n",
                             "[-a]\n",
                             "[_a]\n",
                             "[9]\n",
                             "[Z]\n",
                             "[z]\n",
                             "a = [1, [2, 3], {b = 1}]\n",
                             "a = [\n[1],\n  [2]\n]\n",
                             "a = \"]\"\n",
                             "a = ']'\n",
                             "a = \"\\\"]\"\n",
                             "a = '\\'\nb = ']'\n",
                             "# ]\n",
                             "a = 1 # ]\n[b]\n",
                             "a = \"\"\"x\n]\"x\n\"\"\"\n",
                             "a = '''x\n]'x\n'''\n",
                             "a = \"\"\"x\"\"\"\"\"\nb = ']'\n",
                             "# \xC3\xA4\na = \"\xC3\xA4\"\nb = '''\n\xC3\xA4'''\n"}) {
        CHECK_MESSAGE(toml_flaw(text).empty(), text);
    }
}

TEST_CASE("find_toml_flaw: a letter outside of ASCII must be in quotes") {
    CHECK(has_flaw_at("\xC3\xA4", "1:1", "quotes"));
    CHECK(has_flaw_at("a\n  \xC3\xA4", "2:3", "quotes"));
    CHECK(has_flaw_at("a = 'x' \xC3\xA4", "1:9", "quotes"));
    CHECK(has_flaw_at("# a comment\n\xC3\xA4", "2:1", "quotes"));
    CHECK(has_flaw_at("a = 'x'\n# a comment\n\n\xC3\xA4", "4:1", "quotes"));
    CHECK(has_flaw_at("a = \"x\n\xC3\xA4", "2:1", "quotes"));
    CHECK(has_flaw_at("a = 0x\"\xC3\xA4\"", "1:8", "quotes"));
    CHECK(has_flaw_at("a = \"\"\"\\ \n \xC3\xA4\"\"\"", "2:2", "quotes"));
    CHECK(toml_flaw("a = \"\"\"\\ x\xC3\xA4\"\"\"").empty());
    CHECK(toml_flaw("a = \"\\\"\xC3\xA4\"").empty());
    CHECK(toml_flaw("\x7F = 1").empty());
}

TEST_CASE("find_toml_flaw: a header must have a name") {
    for (const char* text : {"[=]", "[.a]", "[[.a]]", "[ =]", "[/]", "[:]", "[@]", "[{]", "[`]", "[!]"}) {
        CHECK_MESSAGE(has_flaw_at(text, "1:1", "without a name"), text);
    }
    CHECK(has_flaw_at("a = 1\n \t[=]", "2:3", "without a name"));
    CHECK(toml_flaw("a = [=]").empty());
    CHECK(toml_flaw("a = [\n[=]\n]").empty());
}

TEST_CASE("find_toml_flaw: closing and opening signs must match") {
    CHECK(has_flaw_at("a = [1}", "1:7", "does not match"));
    CHECK(has_flaw_at("a = {b = 1]", "1:11", "does not match"));
    CHECK(has_flaw_at("a = [{b = 1]", "1:12", "does not match"));
    CHECK(has_flaw_at("a = [[1]}", "1:9", "does not match"));
    CHECK(toml_flaw("a = 1]}").empty());
}

TEST_CASE("find_toml_flaw: a key must have at most sixteen parts") {
    const auto key = [](int dots) {
        std::string text = "a";
        for (int i = 0; i < dots; ++i) text += ".a";
        return text;
    };
    CHECK(toml_flaw(key(15) + " = 1").empty());
    CHECK(has_flaw_at(key(16) + " = 1", "1:32", "too many parts"));
    for (const char* end : {"\n", " = ", ", ", "[", "{"}) {
        CHECK_MESSAGE(toml_flaw("x = [" + key(15) + end + key(15)).empty(), end);
    }
    CHECK(toml_flaw("a = \"" + key(30) + "\"").empty());
    CHECK(toml_flaw("# " + key(30)).empty());
}

}  // namespace gup
