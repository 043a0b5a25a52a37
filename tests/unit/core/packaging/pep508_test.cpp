// SPDX-License-Identifier: Apache-2.0
#include "core/packaging/pep508.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace gup;

namespace {

// name | extras | specifier | url | marker
std::string parts_of(const Pep508& parsed) {
    std::string extras;
    for (const Pep508Part& extra : parsed.extras) extras += (extras.empty() ? "" : ",") + extra.text;
    return parsed.name.text + "|" + extras + "|" + parsed.specifier.text + "|" + parsed.url.text + "|" +
           parsed.marker.text;
}

}  // namespace

TEST_CASE("parse_pep508: the parts of a requirement") {
    const std::vector<std::pair<std::string, std::string>> rows{
        {"requests", "requests||||"},
        {" requests ", "requests||||"},
        {"requests==2.31.0", "requests||==2.31.0||"},
        {"requests == 2.31.0", "requests||== 2.31.0||"},
        {"requests>=2,<3", "requests||>=2,<3||"},
        {"requests >=2 , < 3 , !=2.5.*", "requests||>=2 , < 3 , !=2.5.*||"},
        {"requests>=2,", "requests||>=2,||"},
        {"requests (>=2,<3)", "requests||>=2,<3||"},
        {"requests( >=2 )", "requests||>=2||"},
        {"requests()", "requests||||"},
        {"requests[socks]", "requests|socks|||"},
        {"requests [ socks , Use.Chardet ] ==2.31.0", "requests|socks,Use.Chardet|==2.31.0||"},
        {"requests[]", "requests||||"},
        {"requests;python_version<'3'", "requests||||python_version<'3'"},
        {"requests==2 ; os_name == 'nt' and extra == 'a' ", "requests||==2||os_name == 'nt' and extra == 'a'"},
        {"requests===2-custom;os_name=='nt'", "requests||===2-custom||os_name=='nt'"},
        {"requests===2-custom, <3", "requests||===2-custom, <3||"},
        {"requests @ https://host/r.whl", "requests|||https://host/r.whl|"},
        {"requests@git+https://host/r.git@v1#egg=r&subdirectory=x",
         "requests|||git+https://host/r.git@v1#egg=r&subdirectory=x|"},
        {"requests[socks] @ file:///srv/r.zip ; os_name=='nt'", "requests|socks||file:///srv/r.zip|os_name=='nt'"},
        {"requests @ https://host/r;x=1", "requests|||https://host/r;x=1|"},
        {"zope.interface_2~=5.4", "zope.interface_2||~=5.4||"},
        {"7zip<1", "7zip||<1||"},
        {"a\t==\t1\t;\tos_name\t==\t'a'", "a||==\t1||os_name\t==\t'a'"},
    };
    for (const auto& [text, parts] : rows) {
        CAPTURE(text);
        const Result<Pep508> parsed = parse_pep508(text);
        REQUIRE_MESSAGE(parsed, parsed.error().message);
        CHECK(parts_of(*parsed) == parts);
        for (const Pep508Part* part : {&parsed->name, &parsed->specifier, &parsed->url, &parsed->marker}) {
            if (!part->empty()) CHECK(text.substr(part->offset, part->text.size()) == part->text);
        }
        for (const Pep508Part& extra : parsed->extras)
            CHECK(text.substr(extra.offset, extra.text.size()) == extra.text);
    }
}

TEST_CASE("parse_pep508: a mistake is named with its byte") {
    struct MistakeRow {
        std::string text;
        std::size_t offset;
        std::string reason;
    };
    const std::vector<MistakeRow> rows{
        {"", 0, "a name is expected, not the end"},
        {"==1", 0, "a name is expected"},
        {"-r other.txt", 0, "a name is expected"},
        {"requests=2.31", 8, "equality is written \"==\""},
        {"requests = 2.31", 9, "equality is written \"==\""},
        {"requests>", 8, "the version is missing after \">\""},
        {"requests 2.31", 9, "a version specifier, \";\" or the end is expected, not \"2.31\""},
        {"requests==2.31 2.32", 15, "\",\", \";\" or the end is expected"},
        {"requests>=2.*", 8, "only possible with \"==\""},
        {"requests>=2,>=3+x", 12, "a local version"},
        {"requests~=2", 8, "at least two numbers"},
        {"requests==main", 8, "\"main\" is not a version"},
        {"requests>=1,,<2", 12, "\",\", \";\" or the end"},
        {"requests (>=2", 9, "the parenthesis is not closed"},
        {"requests (>=2 <3)", 9, "the parenthesis is not closed"},
        {"requests >=2)", 12, "not \")\""},
        {"requests[", 9, "the name of an extra is expected, not the end"},
        {"requests[a", 8, "the bracket \"[\" is not closed"},
        {"requests[a b]", 11, "\",\" or \"]\" is expected"},
        {"requests[a,]", 11, "missing after \",\""},
        {"requests[,a]", 9, "the name of an extra is expected"},
        {"requests @", 10, "a URL is expected"},
        {"requests @ https://host/r.whl os_name", 30, "\";\" or the end is expected"},
        {"requests;", 9, "not the end"},
        {"requests; os_nam == 'a'", 10, "a variable of PEP 508"},
        {"requests; os_name == 'a' # why", 25, "\"and\", \"or\""},
        {"requests # why", 9, "not \"# why\""},
        {"./folder", 0, "a name is expected"},
        {"b\xC3\xA4r", 1, "a version specifier"},
        {"requests\n", 8, "a version specifier"},
        {"requests===1,x", 13, "\",\", \";\" or the end is expected"},
        {"requests===,>1", 8, "the version is missing after \"===\""},
    };
    for (const MistakeRow& row : rows) {
        CAPTURE(row.text);
        std::size_t offset = 999;
        const Result<Pep508> parsed = parse_pep508(row.text, &offset);
        REQUIRE_FALSE(parsed);
        CHECK(offset == row.offset);
        CHECK_MESSAGE(parsed.error().message.find(row.reason) != std::string::npos, parsed.error().message);
    }
}

TEST_CASE("parse_pep508: a message shows no password, and is short") {
    const auto message = parse_pep508("a @ https://bob:hunter2@host/a.git x").error().message;
    CHECK(message.find("hunter2") == std::string::npos);
    CHECK(parse_pep508("a " + std::string(100'000, 'b')).error().message.size() < 400);
}

TEST_CASE("parse_pep508: hostile texts take linear time") {
    std::string clauses = "a";
    for (int i = 0; i < 50'000; ++i) clauses += ",!=1." + std::to_string(i);
    clauses[1] = ' ';
    CHECK(parse_pep508(clauses));
    for (const std::string& text : {"a" + std::string(200'000, '-'), "a[" + std::string(200'000, ','),
                                    "a==" + std::string(200'000, '1') + "x", "a;" + std::string(200'000, '('),
                                    "a" + std::string(200'000, ' ') + "x", "a==1" + std::string(100'000, '+')}) {
        CHECK_FALSE(parse_pep508(text));
    }
}
