// SPDX-License-Identifier: Apache-2.0
#include "core/packaging/marker.hpp"

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

using namespace gup;

namespace {

const MarkerEnvironment gateway{"cpython", "3.11.2", "posix",  "armv7l", "CPython", "6.1.0-18-armmp",
                                "Linux",   "#1 SMP", "3.11.2", "3.11",   "linux"};

Marker marker_of(std::string_view text) {
    Result<Marker> marker = Marker::parse(text);
    REQUIRE_MESSAGE(marker, std::string(text));
    return std::move(*marker);
}

bool holds(std::string_view text, const std::vector<std::string>& extras = {},
           const std::vector<std::string>& groups = {}) {
    return marker_of(text).evaluate(gateway, extras, groups);
}

}  // namespace

TEST_CASE("Marker: every variable, and the old spellings") {
    for (const char* text :
         {"implementation_name == 'cpython'", "implementation_version == '3.11.2'", "os_name == 'posix'",
          "platform_machine == 'armv7l'", "platform_python_implementation == 'CPython'",
          "platform_release == '6.1.0-18-armmp'", "platform_system == 'Linux'", "platform_version == '#1 SMP'",
          "python_full_version == '3.11.2'", "python_version == '3.11'", "sys_platform == 'linux'",
          "os.name == 'posix'", "sys.platform == 'linux'", "platform.version == '#1 SMP'",
          "platform.machine == 'armv7l'", "platform.python_implementation == 'CPython'",
          "python_implementation == 'CPython'"}) {
        CHECK_MESSAGE(holds(text), text);
    }
}

TEST_CASE("Marker: versions are compared as versions, other texts as texts") {
    const std::vector<std::pair<std::string, bool>> rows{
        {"python_version >= '3.8'", true},
        {"python_version < '3.9'", false},
        {"python_version < '3.100'", true},
        {"python_version ~= '3.7'", true},
        {"python_version == '3.*'", true},
        {"python_version != '3.11.*'", false},
        {"python_version == '3.11.0'", true},
        {"'3.8' <= python_version", true},
        {"'3.8' > python_version", false},
        {"python_full_version < '3.11.10'", true},
        {"python_full_version === '3.11.2'", true},
        {"python_version in '3.10 3.11'", true},
        {"python_version not in '3.10,3.12'", true},
        {"python_version in '2.7'", false},
        {"implementation_version >= '3'", true},
        {"platform_release >= '5'", false},  // no version
        {"python_version >= 'three'", false},
        {"sys_platform in 'linux darwin'", true},
        {"sys_platform not in 'win32'", true},
        {"'linux' in sys_platform", true},
        {"'nux' in sys_platform", true},
        {"sys_platform >= 'linux'", true},
        {"sys_platform > 'a'", false},
        {"sys_platform < 'z'", false},
        {"platform_machine == 'ARMV7L'", false},
        {"os_name == '' or os_name != ''", true},
    };
    for (const auto& [text, expected] : rows) CHECK_MESSAGE(holds(text) == expected, text);
}

TEST_CASE("Marker: 'and' binds tighter than 'or', parentheses bind tightest") {
    const std::string yes = "os_name == 'posix'", no = "os_name == 'nt'";
    CHECK(holds(yes + " or " + yes + " and " + no));
    CHECK_FALSE(holds("(" + yes + " or " + yes + ") and " + no));
    CHECK(holds(no + " and " + no + " or " + yes));
    CHECK_FALSE(holds(no + " and (" + no + " or " + yes + ")"));
    CHECK(holds("(((" + yes + ")))and(" + yes + ")"));
    CHECK_FALSE(holds(yes + " and " + no + " or " + no));
}

TEST_CASE("Marker: extras") {
    CHECK(holds("extra == 'socks'", {"socks"}));
    CHECK(holds("extra == 'SOCKS_5'", {"other", "Socks.5"}));
    CHECK(holds("'socks' == extra", {"socks", "b"}));
    CHECK_FALSE(holds("extra == 'socks'"));
    CHECK_FALSE(holds("extra == 'socks'", {"socks5"}));
    CHECK(holds("extra == ''"));
    CHECK(holds("extra != 'socks'"));
    CHECK_FALSE(holds("extra != 'socks'", {"a", "socks"}));
    CHECK(holds("python_version > '3' and (extra == 'a' or extra == 'b')", {"b"}));
    CHECK(holds("extra == 'v8'", {"v8"}));
    CHECK_FALSE(holds("extra == '1.0'", {"1"}));
}

TEST_CASE("Marker: the sets of lock files") {
    CHECK(holds("'Socks' in extras", {"x", "socks"}));
    CHECK_FALSE(holds("'sock' in extras", {"socks"}));
    CHECK(holds("'a' not in extras", {"b"}));
    CHECK(holds("'dev' in dependency_groups", {}, {"Dev"}));
    CHECK_FALSE(holds("'dev' in dependency_groups", {"dev"}));
    CHECK_FALSE(holds("'a' in extras and 'b' in dependency_groups", {"a"}, {"c"}));
    CHECK_FALSE(holds("extras == 'a'", {"a"}));
    CHECK_FALSE(holds("extras in 'a'", {"a"}));
}

TEST_CASE("Marker: a Python from a checkout has a version, too") {
    MarkerEnvironment checkout = gateway;
    checkout.python_full_version = "3.14.0a1+";
    CHECK(marker_of("python_full_version >= '3.14.0a1'").evaluate(checkout));
    CHECK_FALSE(marker_of("python_full_version >= '3.14'").evaluate(checkout));
}

TEST_CASE("Marker: undefined comparisons are found, and false") {
    for (const char* text : {"os_name ~= 'posix'", "os_name === 'posix'", "'a' == 'a'", "extras == 'a'",
                             "os_name == 'x' or (os_name == 'y' and 'a' in 'ab')", "python_version ~= '3'",
                             "extra ~= 'a'", "'a' ~= extras"}) {
        CAPTURE(text);
        CHECK(marker_of(text).undefined_comparison());
        CHECK_FALSE(holds(text));
    }
    for (const char* text : {"python_version ~= '3.0'", "python_version === 'x'", "os_name >= 'a'", "'a' in extras"}) {
        CHECK_FALSE_MESSAGE(marker_of(text).undefined_comparison(), text);
    }
    CHECK(*marker_of("os_name ~= 'posix'").undefined_comparison() ==
          "the comparison os_name ~= \"posix\" has no meaning: \"~=\" compares only versions");
}

TEST_CASE("Marker: the normal form is read back as the same marker") {
    const std::vector<std::pair<std::string, std::string>> rows{
        {"os.name=='posix'", "os_name == \"posix\""},
        {"python_implementation  not\tin 'a'", "platform_python_implementation not in \"a\""},
        {"(os_name == 'a')", "os_name == \"a\""},
        {"((os_name == 'a' or os_name == 'b'))and os_name=='c'",
         "(os_name == \"a\" or os_name == \"b\") and os_name == \"c\""},
        {"(os_name == 'a') or (os_name == 'b' and os_name == 'c')",
         "os_name == \"a\" or (os_name == \"b\" and os_name == \"c\")"},
        {"extra == 'Foo_Bar' and 'A.B' in extras", "extra == \"foo-bar\" and \"a-b\" in extras"},
        {"os_name == 'say \"a\"'", "os_name == 'say \"a\"'"},
        {R"(os_name == "\x27\x22\\")", R"(os_name == "'\x22\\")"},
    };
    for (const auto& [written, normal] : rows) {
        CAPTURE(written);
        CHECK(marker_of(written).text() == normal);
        CHECK(marker_of(normal).text() == normal);
    }
}

TEST_CASE("Marker: a mistake is named with its byte") {
    struct MistakeRow {
        std::string text;
        std::size_t offset;
        std::string reason;
    };
    const std::vector<MistakeRow> rows{
        {"", 0, "not the end"},
        {"os_nam == 'a'", 0, "a variable of PEP 508"},
        {"os_name = 'a'", 8, "one of ==, !="},
        {"os_name == posix", 11, "a variable of PEP 508 or a text in quotation marks"},
        {"os_name == 'posix", 11, "has no counterpart"},
        {"os_name == 'a' and", 18, "not the end"},
        {"os_name == 'a' os_name", 15, "\"and\", \"or\" or the end is expected, not \"os_name\""},
        {"os_name == 'a' && os_name == 'b'", 15, "\"and\", \"or\""},
        {"(os_name == 'a'", 0, "the parenthesis is not closed: the end follows"},
        {"os_name == 'a')", 14, "not \")\""},
        {"os_name not 'a'", 12, "\"in\" is expected after \"not\""},
        {"os_name notin 'a'", 8, "one of ==, !="},
        {"os_name == 'a\\'", 11, "wrong escape"},
        {"os_names == 'a'", 0, "a variable"},
        {"os_name == 'a' andos_name == 'b'", 15, "\"and\", \"or\""}};
    for (const MistakeRow& row : rows) {
        CAPTURE(row.text);
        std::size_t offset = 999;
        const Result<Marker> marker = Marker::parse(row.text, &offset);
        REQUIRE_FALSE(marker);
        CHECK(offset == row.offset);
        CHECK_MESSAGE(marker.error().message.find(row.reason) != std::string::npos, marker.error().message);
    }
}

TEST_CASE("Marker: hostile texts take linear time, and deep ones are refused") {
    const std::string inner = "os_name == 'a'";
    const auto nested = [&](std::size_t depth) { return std::string(depth, '(') + inner + std::string(depth, ')'); };
    CHECK(marker_of(nested(200)).text() == "os_name == \"a\"");
    CHECK(Marker::parse(nested(201)).error().message.find("more than 200 parentheses") != std::string::npos);
    CHECK_FALSE(Marker::parse(nested(100'000)));
    CHECK_FALSE(Marker::parse(std::string(100'000, '(')));
    std::string chain = inner;
    for (int i = 0; i < 20'000; ++i) chain += " or " + inner;
    CHECK_FALSE(holds(chain));
    CHECK_FALSE(Marker::parse(std::string(200'000, '\'') + "x"));
}
