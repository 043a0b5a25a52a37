#include "python/installed_record.hpp"

#include <doctest/doctest.h>

namespace gup {

TEST_CASE("parse_record: quoted fields, CRLF, and what is missing at the end") {
    const auto rows = parse_record("\"a,b.py\",sha256=x,1\r\n\"q\"\"q\",,\n\nlast");
    REQUIRE(rows.size() == 3);
    CHECK(rows[0] == RecordRow{"a,b.py", "sha256=x", "1"});
    CHECK(rows[1] == RecordRow{"q\"q", "", ""});
    CHECK(rows[2] == RecordRow{"last", "", ""});
    CHECK(format_record(rows) == "\"a,b.py\",sha256=x,1\n\"q\"\"q\",,\nlast,,\n");
    CHECK(record_hash("") == "sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU");
}

}  // namespace gup
