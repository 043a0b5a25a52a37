// SPDX-License-Identifier: Apache-2.0
#include "python/metadata.hpp"

#include <doctest/doctest.h>

namespace gup {

TEST_CASE("parse_metadata: keys in any case, CRLF, a BOM, and the first of duplicates") {
    const auto head =
        parse_metadata("\xEF\xBB\xBFMetadata-Version: 2.1\r\nNAME: paho-mqtt \r\nversion:1.3.1\r\nName: other\r\n\r\n");
    CHECK(head.name == "paho-mqtt");
    CHECK(head.version == "1.3.1");
}

TEST_CASE("parse_metadata: lines after the first blank line and folded lines are ignored") {
    const auto head = parse_metadata("Name: six\nSummary: x\n Version: 9\n\nVersion: 1.0\n");
    CHECK(head.name == "six");
    CHECK(head.version.empty());
}

TEST_CASE("parse_metadata: empty text and a last line without newline") {
    CHECK(parse_metadata("").name.empty());
    CHECK(parse_metadata("Name: a\nVersion: 1").version == "1");
}

TEST_CASE("parse_metadata: dependencies as written, folded lines joined, up to the empty line or to what is no field") {
    using Names = std::vector<std::string>;
    CHECK(parse_metadata(
              "Name: a\nVersion: 1\nRequires-Dist: b (>=1.0)\nrequires-dist:c[x,y]; extra == 'z' \r\n"
              "Requires-Dist: d\n\t>= 2\n        \n  ; python_version < '3'\nSummary: x\n  y\n\nRequires-Dist: e\n")
              .dependencies == Names{"b (>=1.0)", "c[x,y]; extra == 'z'", "d >= 2 ; python_version < '3'"});
    CHECK(parse_metadata("Requires-Dist: \n b\nRequires: c\nRequires-External: d\n\r\nRequires-Dist: e").dependencies ==
          Names{"b"});
    CHECK(parse_metadata("Requires-Dist: b\nLicense: one\nof many\nRequires-Dist: c\nName: a").dependencies ==
          Names{"b"});
    CHECK(parse_metadata("Requires-Dist: b\nLicense: one\nof many: two\nRequires-Dist: c").dependencies == Names{"b"});
    CHECK(parse_metadata("License: one\nof many\nName: a").name == "a");
    CHECK(parse_metadata(" folded: nothing\nRequires-Dist: b").dependencies == Names{"b"});
}

TEST_CASE("parse_metadata: the extras that it says to have") {
    CHECK(parse_metadata("Provides-Extra: socks\nprovides-extra:use_chardet\r\n\nProvides-Extra: no").extras ==
          std::vector<std::string>{"socks", "use_chardet"});
}

TEST_CASE("has_all_fields: the empty line, with either end of lines") {
    CHECK(has_all_fields("Name: a\n\n"));
    CHECK(has_all_fields("Name: a\r\n\r\ntext"));
    CHECK_FALSE(has_all_fields("Name: a\n \nVersion: 1\n"));
    CHECK_FALSE(has_all_fields(""));
}

TEST_CASE("parse_requires_txt: sections become markers, as pip reads them") {
    CHECK(parse_requires_txt("one\ntwo>=1,<2\r\n\n# a comment\n[:python_version<'3']\nthree\n[Dev_Tools]\nfour[x]\n"
                             "[test:os_name=='nt' or a]\nfive @ https://x/y\n[]\nsix\n[plain]") ==
          std::vector<std::string>{"one", "two>=1,<2", "three ; python_version<'3'", "four[x] ; extra == \"dev-tools\"",
                                   "five @ https://x/y ; (os_name=='nt' or a) and extra == \"test\"", "six"});
    CHECK(parse_requires_txt("").empty());
}

TEST_CASE("is_utf8: accepts and refuses the same texts as Python") {
    CHECK(is_utf8("", TextEnd::whole));
    CHECK(is_utf8("plain ASCII, longer than eight bytes", TextEnd::whole));
    CHECK(is_utf8("J\xC3\xBCrgen \xE2\x82\xAC \xF0\x9F\x90\x8D", TextEnd::whole));
    CHECK_FALSE(is_utf8("J\xFCrgen, in Latin-1", TextEnd::whole));
    CHECK_FALSE(is_utf8("overlong \xC0\xAF", TextEnd::whole));
    CHECK_FALSE(is_utf8("overlong \xE0\x80\xAF", TextEnd::whole));
    CHECK_FALSE(is_utf8("surrogate \xED\xA0\x80", TextEnd::whole));
    CHECK_FALSE(is_utf8("too high \xF4\x90\x80\x80", TextEnd::whole));
    CHECK_FALSE(is_utf8("a lone continuation \x80", TextEnd::whole));
}

TEST_CASE("is_utf8: a text that was cut may end inside a character, a whole one may not") {
    CHECK(is_utf8("euro \xE2\x82", TextEnd::cut));
    CHECK_FALSE(is_utf8("euro \xE2\x82", TextEnd::whole));
    CHECK_FALSE(is_utf8("\xE2 euro", TextEnd::cut));
}

TEST_CASE("parse_folder_name: name and version of every form") {
    CHECK(parse_folder_name("paho_mqtt-1.3.1.dist-info").name == "paho_mqtt");
    CHECK(parse_folder_name("paho_mqtt-1.3.1.dist-info").version == "1.3.1");
    CHECK(parse_folder_name("smbus2-0.4.1-py3.9.egg-info").version == "0.4.1");
    CHECK(parse_folder_name("rgbxy-0.5-py3.9-linux-armv7l.egg").version == "0.5");
    CHECK(parse_folder_name("zope-py3-1.0.dist-info").name == "zope-py3");
    CHECK(parse_folder_name("my-connector.egg-link").name == "my");
    CHECK(parse_folder_name("pyserial.egg-info").version.empty());
}

TEST_CASE("agree: spelling of name and version aside") {
    CHECK(agree({"Flask_SQLAlchemy", "2.5"}, {"flask-sqlalchemy", "2.5.0"}));
    CHECK(agree({"lib", "1.0_1"}, {"lib", "1.0-1"}));
    CHECK(agree({"lib", ""}, {"lib", "7"}));
    CHECK_FALSE(agree({"lib", "1.0"}, {"lib", "2.0"}));
    CHECK_FALSE(agree({"lib", "1.0"}, {"bil", "1.0"}));
    CHECK_FALSE(agree({"lib", "1.3.1"}, {"lib", "1.3.10"}));
}

TEST_CASE("is_utf8: the first and the last of each length, and the values just outside") {
    for (const char* text :
         {"\x7F", "\xC2\x80", "\xDF\xBF", "\xE0\xA0\x80", "\xE0\xBF\xBF", "\xE1\x80\x80", "\xEC\xBF\xBF",
          "\xED\x80\x80", "\xED\x9F\xBF", "\xEE\x80\x80", "\xEF\xBF\xBF", "\xF0\x90\x80\x80", "\xF0\xBF\xBF\xBF",
          "\xF1\x80\x80\x80", "\xF3\xBF\xBF\xBF", "\xF4\x80\x80\x80", "\xF4\x8F\xBF\xBF"}) {
        CHECK_MESSAGE(is_utf8(text, TextEnd::whole), text);
        CHECK_MESSAGE(is_utf8("12345678" + std::string(text) + "12345678", TextEnd::whole), text);
    }
    for (const char* text : {"\x80",
                             "\xBF",
                             "\xC0\x80",
                             "\xC1\xBF",
                             "\xC2\x7F",
                             "\xC2\xC0",
                             "\xDF\x7F",
                             "\xE0\x9F\xBF",
                             "\xE0\xC0\x80",
                             "\xE1\x7F\x80",
                             "\xE1\x80\x7F",
                             "\xE1\x80\xC0",
                             "\xED\xA0\x80",
                             "\xED\x7F\x80",
                             "\xEF\xC0\x80",
                             "\xF0\x8F\xBF\xBF",
                             "\xF0\xC0\x80\x80",
                             "\xF1\x7F\x80\x80",
                             "\xF1\x80\x80\x7F",
                             "\xF3\xC0\x80\x80",
                             "\xF4\x90\x80\x80",
                             "\xF4\x7F\x80\x80",
                             "\xF5\x80\x80\x80",
                             "\xFF"}) {
        CHECK_FALSE_MESSAGE(is_utf8(text, TextEnd::whole), text);
        CHECK_FALSE_MESSAGE(is_utf8("12345678" + std::string(text) + "12345678", TextEnd::whole), text);
    }
}

TEST_CASE("parse_metadata: capitals at both ends of the alphabet, and other letters that are none") {
    CHECK(parse_metadata("NAME: one\nVERSION: 1\n").name == "one");
    CHECK(parse_metadata("name: one\nvErSiOn : 1\n").version == "1");
    CHECK(parse_metadata("N!me: one\nNames: two\nNam: three\n").name.empty());
}

TEST_CASE("parse_direct_url: a git requirement, an editable folder, and nonsense") {
    const auto git = parse_direct_url(
        R"({"url": "https://x/lib.git", "vcs_info": {"vcs": "git", "commit_id": "abc", "requested_revision": "v5.0.0"}})");
    REQUIRE(git);
    CHECK(git->url == "https://x/lib.git");
    CHECK(git->commit_id == "abc");
    CHECK(git->requested_revision == "v5.0.0");
    CHECK_FALSE(git->editable);
    const auto folder = parse_direct_url(R"({"url": "file:///x", "dir_info": {"editable": true}})");
    REQUIRE(folder);
    CHECK(folder->editable);
    CHECK_FALSE(parse_direct_url(""));
    CHECK_FALSE(parse_direct_url("[1]"));
    CHECK_FALSE(parse_direct_url(R"({"url": 5})"));
    CHECK_FALSE(parse_direct_url("{\"url\": \"\xFC\"}"));
    REQUIRE(parse_direct_url(R"({"url": "u", "vcs_info": [], "dir_info": {"editable": "yes"}})"));
}

}  // namespace gup
