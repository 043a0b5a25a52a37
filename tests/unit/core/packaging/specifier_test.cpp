// SPDX-License-Identifier: Apache-2.0
#include "core/packaging/specifier.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace gup;

namespace {

SpecifierSet set_of(std::string_view text) {
    Result<SpecifierSet> set = SpecifierSet::parse(text);
    REQUIRE_MESSAGE(set, std::string(text));
    return std::move(*set);
}

struct RangeRow {
    std::string range;
    std::vector<std::string> inside;
    std::vector<std::string> outside;
};

}  // namespace

TEST_CASE("SpecifierSet: contains by the rules of PEP 440") {
    const std::vector<RangeRow> rows{
        {"", {"1", "2.0.post1", "not a version"}, {}},
        {"==1.0", {"1", "1.0.0", "v1", "1.0+local"}, {"1.0.1", "1.0.post1", "1.0a1", "1.0.dev1", "x"}},
        {"==1.0+a.1", {"1.0+a.1", "1+A-01"}, {"1.0", "1.0+a", "1.0+a.1.b"}},
        {"!=1.0", {"1.0.1", "1.0.post1", "0.9"}, {"1", "1.0+local"}},
        {"!=1.0+a", {"1.0", "1.0+b"}, {"1.0+a"}},
        {"==1.*", {"1", "1.9", "1.0.post1", "1.5+local", "1a1"}, {"2", "0.9", "10", "1!1.5", "2.dev0"}},
        {"==1.0.0.*", {"1", "1.0", "1.0.0.9"}, {"1.0.1", "1.1"}},
        {"!=1.1.*", {"1", "1.2", "1.10"}, {"1.1", "1.1.9", "1.1a1"}},
        {"~=1.4", {"1.4", "1.5", "1.99", "1.4.post1"}, {"1.3", "2.0", "2.0.dev0"}},
        {"~=1.4.0", {"1.4", "1.4.9"}, {"1.5", "1.3.9"}},
        {"~=2!1.4", {"2!1.4", "2!1.9"}, {"1.4", "2!2", "3!1.5"}},
        {"~=1.4.5a4", {"1.4.5", "1.4.5rc1", "1.4.9"}, {"1.4.5a3", "1.5"}},
        {"<2", {"1", "1.9", "1.9rc1", "1.9+local"}, {"2", "2.0", "2rc1", "2.dev0", "2+local", "2.post1"}},
        {"<2rc1", {"1", "2a1", "2b3", "2.dev0"}, {"2rc1", "2rc1+local", "2"}},
        {"<1.0.post2", {"1.0", "1.0.post1", "1.0.post1+x", "1.0a1"}, {"1.0.post2", "1.0.post2.dev1"}},
        {"<=2", {"2", "2.0", "2+local", "2rc1", "1"}, {"2.0.1", "2.post1"}},
        {">1", {"1.1", "2", "1.0.1"}, {"1", "1.0", "1+local", "1.post1", "1.post1.dev0", "1rc1"}},
        {">1.post1", {"1.post2", "1.post2.dev0", "1.1"}, {"1.post1", "1", "1.post1+local"}},
        {">1a1", {"1a2", "1", "1a2.dev0"}, {"1a1", "1a1.post1", "1a1+local"}},
        {">=1", {"1", "1+local", "1.post1", "1.1rc1"}, {"1rc1", "1.dev0", "0.9"}},
        {"===1.0", {"1.0"}, {"1", "1.0.0", "1.0+local", " 1.0"}},
        {"===Main", {"main", "MAIN"}, {"main1", "1.0"}},
        {">=1,<2,!=1.5", {"1", "1.4", "1.6"}, {"1.5", "2", "0.9"}},
        {" >= 1 , <2 ,, ", {"1", "1.9"}, {"2"}},
        {"\xC2\xA0>=\xE3\x80\x80"
         "1\xC2\x85,===1\xC2\xA0",
         {"1"},
         {"1.0"}},
        {"==1.1,==1.2", {}, {"1.1", "1.2"}},
        {">=99999999999999999999999.1", {"100000000000000000000000"}, {"99999999999999999999999"}},
    };
    for (const RangeRow& row : rows) {
        CAPTURE(row.range);
        const SpecifierSet set = set_of(row.range);
        for (const std::string& version : row.inside)
            CHECK_MESSAGE(set.contains(version, Prereleases::allowed), version);
        for (const std::string& version : row.outside) {
            CHECK_FALSE_MESSAGE(set.contains(version, Prereleases::allowed), version);
        }
    }
}

TEST_CASE("SpecifierSet: a pre-release is contained when a clause names one, or when it is asked for") {
    const std::vector<std::pair<std::string, bool>> rows{
        {">=1", false},     {">=1rc1", true},   {">=0.5,<=1.5.dev0", true}, {"!=1rc1", false},     {"", false},
        {"==1.5.*", false}, {"===1.5b1", true}, {"~=1.0a1", true},          {">=0.5,!=2a1", false}};
    for (const auto& [range, named] : rows) {
        CAPTURE(range);
        const SpecifierSet set = set_of(range);
        CHECK(set.names_prerelease() == named);
        CHECK(set.contains("1.5b1") == (named && set.contains("1.5b1", Prereleases::allowed)));
        CHECK_FALSE(set.contains("1.5b1", Prereleases::refused));
    }
}

TEST_CASE("SpecifierSet: filter takes pre-releases when nothing else is left") {
    const SpecifierSet set = set_of(">=1");
    CHECK(set.filter({"0.9", "1.0", "1.1rc1"}) == std::vector<std::string>{"1.0"});
    CHECK(set.filter({"0.9", "1.1rc1"}) == std::vector<std::string>{"1.1rc1"});
    CHECK(set.filter({"0.9", "1.1rc1"}, Prereleases::refused).empty());
    CHECK(set.filter({"1.1rc1", "1.0"}, Prereleases::allowed) == std::vector<std::string>{"1.1rc1", "1.0"});
    CHECK(set_of(">=1rc1").filter({"1.0", "1rc2"}) == std::vector<std::string>{"1.0", "1rc2"});
    CHECK(set_of("").filter({"x", "1", "2a1"}) == std::vector<std::string>{"x", "1"});
}

TEST_CASE("SpecifierSet: exact is the version of a set that pins one") {
    CHECK(set_of("==1.0").exact() == "1.0");
    CHECK(set_of(" == 1.0+cpu ").exact() == "1.0+cpu");
    CHECK(set_of("===main").exact() == "main");
    CHECK(set_of("==1.0,==1.0.0").exact() == "1.0");
    for (const char* range : {"", "==1.*", ">=1", "~=1.0", "==1.0,>=0.5", "!=1", "<=1"})
        CHECK_FALSE(set_of(range).exact());
}

TEST_CASE("SpecifierSet: text is sorted and without doubles, equality is by meaning") {
    CHECK(set_of(">= 1.0 , <2,!=1.5").text() == "!=1.5,<2,>=1.0");
    CHECK(set_of(">=1,>=1.0").text() == ">=1");
    CHECK(set_of("").text().empty());
    CHECK(set_of("").empty());
    CHECK(set_of(">=1.0,<2") == set_of("<2.0.0,>=1"));
    CHECK(set_of("==1.0A1") == set_of("==1.0.alpha.1"));
    CHECK_FALSE(set_of("~=1.0") == set_of("~=1.0.0"));
    CHECK_FALSE(set_of("==1.0.*") == set_of("==1.*"));
    CHECK_FALSE(set_of("===1.0") == set_of("===1"));
    CHECK_FALSE(set_of(">=1") == set_of(">1"));
}

TEST_CASE("SpecifierSet: a mistake names the clause and the reason") {
    const std::vector<std::pair<std::string, std::string>> rows{
        {"1.0", "does not begin with one of"},
        {">=1,2", "\"2\" does not begin"},
        {"=1.0", "equality is written \"==\""},
        {"=>1.0", "\"=\" is not an operator"},
        {">=", "the version is missing after \">=\""},
        {"===", "the version is missing after \"===\""},
        {"~=1", "at least two numbers"},
        {">=1.*", "only possible with \"==\" and \"!=\""},
        {"~=1.0.*", "only possible with \"==\" and \"!=\""},
        {"==1.0a1.*", "cannot follow a pre-release"},
        {"==1.0+x.*", "cannot follow a pre-release"},
        {">=1.0+x", "a local version (\"+x\") is only possible"},
        {"==1.0x", "\"1.0x\" is not a version of PEP 440"},
        {">=main", "\"main\" is not a version of PEP 440"},
        {"==1.0 2.0", "\"1.0 2.0\" is not a version"},
        {"===a;b", ""},
        {"><1", ""},
        {"==*", ""},
        {"==.1", ""}};
    for (const auto& [range, reason] : rows) {
        CAPTURE(range);
        const Result<SpecifierSet> set = SpecifierSet::parse(range);
        REQUIRE_FALSE(set);
        CHECK(set.error().message.starts_with("the version specifier \""));
        CHECK_MESSAGE(set.error().message.find(reason) != std::string::npos, set.error().message);
    }
}

TEST_CASE("Specifier: the parts of a clause") {
    const Result<Specifier> clause = Specifier::parse("  != 1.2.* ");
    REQUIRE(clause);
    CHECK(clause->op == Specifier::Operator::not_equal);
    CHECK(clause->version == "1.2.*");
    CHECK(clause->wildcard);
    CHECK(clause->text() == "!=1.2.*");
    CHECK_FALSE(Specifier::parse(">=1,<2"));
    CHECK_FALSE(Specifier::parse(""));
    CHECK(Specifier::parse("==1.10.0")->canonical_text() == "==1.10");
}
