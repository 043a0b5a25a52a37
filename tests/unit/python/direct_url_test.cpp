#include "python/direct_url.hpp"

#include <doctest/doctest.h>

namespace gup {

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
