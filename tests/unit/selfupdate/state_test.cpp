// SPDX-License-Identifier: Apache-2.0
#include "selfupdate/self_update.hpp"

#include <doctest/doctest.h>

#include "servers.hpp"
#include "util/crypto/digest.hpp"
#include "util/sys/directory.hpp"

namespace gup {
namespace {

using namespace test;

}  // namespace

TEST_CASE("read_self_update_state: the written state is read back, and no file is an empty state") {
    const auto folder = temporary_folder();
    const auto nothing = read_self_update_state(folder.path());
    REQUIRE(nothing.ok());
    CHECK(nothing->highest_serial == 0);
    CHECK_FALSE(nothing->trial);

    SelfUpdateState state;
    state.highest_serial = 18'000'000'000'000'000'000U;
    state.newest_created = 4'102'444'800;
    state.settled = CachedManifest{"reader", "\"etag\"", "yesterday", "hash", 5'000'000'000, "message", "hint"};
    state.trial = AgentTrial{"0.2.0", 9, {"file", 12, "abc"}, 2, true, 1};
    state.refused = {{"0.1.9", "it \"crashed\"\n", 1'795'258'650}};
    REQUIRE(write_self_update_state(folder.path(), state).ok());
    const auto read = read_self_update_state(folder.path());
    REQUIRE(read.ok());
    CHECK(read->highest_serial == state.highest_serial);
    CHECK(read->newest_created == state.newest_created);
    CHECK(read->settled->etag == "\"etag\"");
    CHECK(read->settled->expires == 5'000'000'000);
    CHECK(read->trial->file.size == 12);
    CHECK(read->trial->starts == 2);
    CHECK(read->trial->proven);
    CHECK(read->trial->installs == 1);
    CHECK(read->refused.at(0).reason == "it \"crashed\"\n");
}

TEST_CASE("write_self_update_state: an equal state is not written again") {
    const auto folder = temporary_folder();
    SelfUpdateState state;
    state.highest_serial = 7;
    REQUIRE(write_self_update_state(folder.path(), state).ok());
    const auto before = file_info(self_update_file(folder.path()));
    REQUIRE(write_self_update_state(folder.path(), state).ok());
    const auto after = file_info(self_update_file(folder.path()));
    CHECK((*before)->inode == (*after)->inode);
    CHECK((*before)->modified_ns == (*after)->modified_ns);
}

TEST_CASE("read_self_update_state: an invalid file is corrupt, not empty") {
    const auto folder = temporary_folder();
    for (const char* text : {"", "{", "[]", "{}", R"({"schema": 2})", R"({"schema": 1})",
                             R"({"schema":1,"highest_serial":"x","newest_created":0,"refused":[]})"}) {
        CAPTURE(text);
        write_text(self_update_file(folder.path()), text);
        const auto read = read_self_update_state(folder.path());
        REQUIRE_FALSE(read.ok());
        CHECK(read.error().code == ErrorCode::corrupt);
    }
}

}  // namespace gup
