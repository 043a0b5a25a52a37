// SPDX-License-Identifier: Apache-2.0
#include "python/installed_record.hpp"

#include <doctest/doctest.h>

#include "util/sys/directory.hpp"

namespace gup {

TEST_CASE("parse_record: quoted fields, CRLF, and missing fields at the end") {
    const auto rows = parse_record("\"a,b.py\",sha256=x,1\r\n\"q\"\"q\",,\n\nlast");
    REQUIRE(rows.size() == 3);
    CHECK(rows[0] == RecordRow{"a,b.py", "sha256=x", "1"});
    CHECK(rows[1] == RecordRow{"q\"q", "", ""});
    CHECK(rows[2] == RecordRow{"last", "", ""});
    CHECK(format_record(rows) == "\"a,b.py\",sha256=x,1\n\"q\"\"q\",,\nlast,,\n");
    CHECK(record_hash("") == "sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU");
}

TEST_CASE("parse_record: only outside of quotes a comma, a line's end and CR separate") {
    const auto rows = parse_record("\"a\nb\",\"x,y\",\"1\r\"\n");
    REQUIRE(rows.size() == 1);
    CHECK(rows[0] == RecordRow{"a\nb", "x,y", "1\r"});
    CHECK(parse_record(format_record(rows)) == rows);
}

TEST_CASE("parse_record: fields after the third are ignored, and so is a row without a path") {
    const auto rows = parse_record("a,b,c,d,e\n,x,1\nf,,\n");
    REQUIRE(rows.size() == 2);
    CHECK(rows[0] == RecordRow{"a", "b", "c"});
    CHECK(rows[1].path == "f");
    CHECK(parse_record("").empty());
    CHECK(parse_record("\"never closed,1,2\nx").at(0).path == "never closed,1,2\nx");
}

TEST_CASE("format_record: only fields that need quotes have them") {
    CHECK(format_record({{"a b", "c'd", ""}}) == "a b,c'd,\n");
    for (const char* special : {",", "\"", "\r", "\n"}) {
        const RecordRow row{std::string("x") + special + "y", "", ""};
        CHECK(format_record({row}).starts_with("\"x"));
        CHECK(parse_record(format_record({row})) == std::vector<RecordRow>{row});
    }
}

TEST_CASE("read_record: a file with too many rows or bytes is an error") {
    const TemporaryFolder folder = TemporaryFolder::make().value();
    const fs::path file = folder.path() / "RECORD";
    REQUIRE(write_file_atomically(file, "a.py,,\n").ok());
    CHECK(read_record(file).value().size() == 1);
    std::string rows;
    for (std::size_t i = 0; i < most_record_rows; ++i) rows += "a,,\n";
    REQUIRE(write_file_atomically(file, rows).ok());
    CHECK(read_record(file).error().message.find("has more than 200000 rows") != std::string::npos);
    fs::resize_file(file, longest_record + 1);
    CHECK(read_record(file).error().message.find("has 16777217 bytes, and at most 16777216 are read") !=
          std::string::npos);
    CHECK_FALSE(check_record_size(file, longest_record + 1).ok());
}

TEST_CASE("path_of: in the site, next to it, or absolute") {
    CHECK(path_of({"one.py", "", ""}, "/v/site") == "/v/site/one.py");
    CHECK(path_of({"../../bin/one", "", ""}, "/v/lib/site") == "/v/bin/one");
    CHECK(path_of({"/usr/bin/one", "", ""}, "/v/site") == "/usr/bin/one");
}

}  // namespace gup
