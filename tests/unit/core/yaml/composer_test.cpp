// SPDX-License-Identifier: Apache-2.0
#include "core/yaml/composer.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace gup;
using namespace gup::yaml;

namespace {

Composed composed(std::string_view text) {
    Budget budget;
    return yaml::compose(text, std::make_shared<const Origin>(Origin{"c.yaml", ""}), budget);
}

std::string json_of(const Node& node) {
    if (node.is_sequence()) {
        std::string out = "[";
        for (const Node& item : node.items) out += (out.size() > 1 ? "," : "") + json_of(item);
        return out + "]";
    }
    if (node.is_mapping()) {
        std::string out = "{";
        for (const Entry& entry : node.entries)
            out += (out.size() > 1 ? "," : "") + entry.key + ":" + json_of(entry.value);
        return out + "}";
    }
    return node.tag.empty() ? node.text : node.tag + " " + node.text;
}

// The tree in one line, or the problems.
std::string read(std::string_view text) {
    const Composed done = composed(text);
    if (done.root) return json_of(*done.root);
    std::string out;
    for (const Problem& problem : done.problems) {
        Problem said = problem;
        said.hint.clear();
        out += (out.empty() ? "" : "; ") + display(said, "");
    }
    return out;
}

}  // namespace

TEST_CASE("compose yaml: plain scalars have the kinds of YAML 1.2's core schema") {
    const std::pair<const char*, Kind> table[] = {
        {"yes", Kind::string},   {"no", Kind::string},         {"on", Kind::string},    {"Off", Kind::string},
        {"y", Kind::string},     {"true", Kind::boolean},      {"True", Kind::boolean}, {"FALSE", Kind::boolean},
        {"tRue", Kind::string},  {"null", Kind::null},         {"~", Kind::null},       {"", Kind::null},
        {"NULL", Kind::null},    {"nil", Kind::string},        {"0", Kind::integer},    {"-12", Kind::integer},
        {"+3", Kind::integer},   {"010", Kind::integer},       {"0o10", Kind::integer}, {"0o8", Kind::string},
        {"0x1F", Kind::integer}, {"0xG", Kind::string},        {"0b1", Kind::string},   {"1_000", Kind::string},
        {"1.5", Kind::real},     {".5", Kind::real},           {"5.", Kind::real},      {"1e3", Kind::real},
        {"1.e+3", Kind::real},   {".inf", Kind::real},         {"-.INF", Kind::real},   {".nan", Kind::real},
        {"1e", Kind::string},    {".", Kind::string},          {"-", Kind::string},     {"1.2.3", Kind::string},
        {"12:30", Kind::string}, {"2001-01-01", Kind::string}, {"0x", Kind::string},
    };
    for (const auto& [text, kind] : table) {
        CAPTURE(text);
        CHECK(kind_of_plain(text) == kind);
    }
    const Composed quoted = composed("['yes', \"1\", 'null', !!str 12, !!int \"3\", !!float 1]");
    REQUIRE(quoted.root);
    CHECK(quoted.root->items[0].kind == Kind::string);
    CHECK(quoted.root->items[1].kind == Kind::string);
    CHECK(quoted.root->items[2].kind == Kind::string);
    CHECK(quoted.root->items[3].kind == Kind::string);
    CHECK(quoted.root->items[4].kind == Kind::integer);
    CHECK(quoted.root->items[5].kind == Kind::real);
}

TEST_CASE("compose yaml: aliases and merge keys are resolved") {
    CHECK(read("a: &x [1, 2]\nb: *x\n") == "{a:[1,2],b:[1,2]}");
    CHECK(read("x: &x {a: 1, b: 2}\ny:\n  b: 3\n  <<: *x\n") == "{x:{a:1,b:2},y:{b:3,a:1}}");
    CHECK(read("x: &x {a: 1, b: 2}\nz: &z {b: 9, c: 3}\ny:\n  <<: [*x, *z]\n") ==
          "{x:{a:1,b:2},z:{b:9,c:3},y:{a:1,b:2,c:3}}");
    CHECK(read("x: &x {a: 1}\ny: &y {<<: *x, b: 2}\nz: {<<: *y, a: 5}\n") == "{x:{a:1},y:{b:2,a:1},z:{a:5,b:2}}");
    CHECK(read("<<: {a: 1}\n") == "{a:1}");
    CHECK(read("'<<': {a: 1}\n") == "{<<:{a:1}}");
    CHECK(read("a: &x 1\nb: &x 2\nc: *x\n") == "{a:1,b:2,c:2}");
    CHECK(read("a: !reset null\nb: !override [1]\n") == "{a:!reset null,b:[1]}");
}

TEST_CASE("compose yaml: what is refused, with its place") {
    const std::pair<std::string, const char*> table[] = {
        {"a: 1\nb: 2\na: 3\n", "c.yaml:3:1: the key a is in this mapping twice; the first one is at 1:1"},
        {"x:\n  a: 1\n  a: 1\n  a: 2\n",
         "c.yaml:3:3: the key a is in this mapping twice; the first one is at 2:3; "
         "c.yaml:4:3: the key a is in this mapping twice; the first one is at 3:3"},
        {"a: *x\n", "c.yaml:1:4: there is no anchor &x before this alias"},
        {"a: &x [*x]\n", "c.yaml:1:8: there is no anchor &x before this alias"},
        {"? [a]\n: 1\n", "c.yaml:1:3: a key cannot be a list"},
        {"{a: 1}: 2\n", "c.yaml:1:1: a key cannot be a mapping"},
        {"~: 1\n", "c.yaml:1:1: the key is empty"},
        {"a: !x 1\n", "c.yaml:1:4: the tag !x is not known here"},
        {"a: !!binary aGk=\n", "c.yaml:1:4: the tag !!binary is not known here"},
        {"a: !!int x\n", "c.yaml:1:4: the value does not fit the tag !!int"},
        {"a: 1\n---\nb: 2\n", "c.yaml:2:1: the file has a second document"},
        {"<<: 1\n", "c.yaml:1:1: << wants a mapping, or a list of mappings, not a number"},
        {"<<: {a: 1}\n<<: {b: 1}\n", "c.yaml:2:1: the key << is in this mapping twice; the first one is in line 1"},
        {"a: \xff\n", "c.yaml:1:4: this byte is no UTF-8"},
        {std::string("a: b\nc: \0d\n", 11), "c.yaml:2:4: the file has a NUL byte"},
        {"a: \"\\0\"\n", "c.yaml:1:4: the text has a NUL"},
        {std::string("\xff\xfe"
                     "a\0:\0",
                     6),
         "c.yaml:1:1: the file is UTF-16"},
        {std::string("a\0:\0", 4), "c.yaml:1:1: the file is UTF-16"},
        {"a:\n\t- b\n", "c.yaml:2:1: a tab cannot be used to indent"},
    };
    for (const auto& [text, wanted] : table) {
        CAPTURE(text);
        CHECK(read(text) == wanted);
    }
}

TEST_CASE("compose yaml: an empty file is a null, and a mark of UTF-8 is no part of the text") {
    CHECK(composed("").root->is_null());
    CHECK(composed("# only a comment\n").root->is_null());
    CHECK(composed("---\n").root->is_null());
    CHECK(read("\xEF\xBB\xBF"
               "a: 1\n") == "{a:1}");
    CHECK(read("---\na: 1\n...\n") == "{a:1}");
}

TEST_CASE("compose yaml: an alias costs what it stands for") {
    std::string bomb = "a: &a [x,x,x,x,x,x,x,x,x,x]\n";
    for (char c = 'b'; c <= 'i'; ++c) {
        bomb += std::string(1, c) + ": &" + c + " [";
        for (int i = 0; i < 10; ++i) bomb += (i == 0 ? "*" : ",*") + std::string(1, static_cast<char>(c - 1));
        bomb += "]\n";
    }
    CHECK(read(bomb).find("the compose files have more than 100000 values") != std::string::npos);

    // A long text that many aliases name.
    std::string texts = "a: &a " + std::string(500'000, 'x') + "\nb: [*a";
    for (int i = 0; i < 99; ++i) texts += ",*a";
    CHECK(read(texts + "]\n").find("more than 100000 values") != std::string::npos);

    // Anchors in each other are copied.
    std::string anchors;
    for (int i = 0; i < 60; ++i) anchors += "&a" + std::to_string(i) + " [";
    for (int i = 0; i < 3000; ++i) anchors += "x,";
    anchors += "x" + std::string(60, ']');
    CHECK(read(anchors).find("there are too many anchors") != std::string::npos);
}

TEST_CASE("compose yaml: limits of nodes, depth and size") {
    const auto list = [](int count) {
        std::string text = "[";
        for (int i = 0; i < count; ++i) text += "1,";
        return text + "]";
    };
    CHECK(composed(list(99'999)).root);
    CHECK_FALSE(composed(list(100'000)).root);

    CHECK(composed(std::string(64, '[') + std::string(64, ']')).root);
    CHECK(read(std::string(65, '[') + std::string(65, ']')) ==
          "c.yaml:1:65: more than 64 lists and mappings are in each other");
    // An alias deep inside of what it names.
    CHECK(read("a: &a " + std::string(40, '[') + std::string(40, ']') + "\nb: " + std::string(40, '[') + "*a" +
               std::string(40, ']')) == "c.yaml:2:44: more than 64 lists and mappings are in each other");

    CHECK(composed("a: " + std::string(file_limit - 3, 'x')).root);
    CHECK(read("a: " + std::string(file_limit - 2, 'x')) == "c.yaml:1:1: the file has more than 1 MiB");
}
