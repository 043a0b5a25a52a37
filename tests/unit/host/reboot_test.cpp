// SPDX-License-Identifier: Apache-2.0
#include "host/reboot.hpp"

#include <doctest/doctest.h>

#include "util/sys/directory.hpp"

using namespace gup;

TEST_CASE("read_boot_id: the kernel's id, the same until the next boot") {
    const auto id = read_boot_id();
    REQUIRE(id.ok());
    CHECK(id->size() == 36);
    CHECK(*read_boot_id() == *id);
}

TEST_CASE("read_boot_id: a missing or empty file is an error") {
    const auto folder = TemporaryFolder::make().value();
    const fs::path file = folder.path() / "boot_id";
    CHECK(read_boot_id(file).error().code == ErrorCode::not_found);
    REQUIRE(write_file_atomically(file, "\n").ok());
    CHECK(read_boot_id(file).error().code == ErrorCode::corrupt);
}

TEST_CASE("read_boot: the kernel's boot and the start of process 1, which a container's boot changes") {
    const auto folder = TemporaryFolder::make().value();
    const fs::path proc = folder.path();
    REQUIRE(make_folders(proc / "sys/kernel/random", 0755).ok());
    REQUIRE(make_folders(proc / "1", 0755).ok());
    CHECK(read_boot(proc).error().code == ErrorCode::not_found);
    REQUIRE(write_file_atomically(proc / "sys/kernel/random/boot_id", "boot-1\n").ok());
    CHECK(read_boot(proc).value() == "boot-1");
    REQUIRE(write_file_atomically(proc / "1/stat",
                                  "1 (a (b) c) S 0 1 1 0 -1 4194560 39 1 2 3 4 5 6 7 20 0 1 0 796 1681 3 4\n")
                .ok());
    CHECK(read_boot(proc).value() == "boot-1/796");
    REQUIRE(write_file_atomically(proc / "1/stat", "1 (init) S 0\n").ok());
    CHECK(read_boot(proc).value() == "boot-1");
    CHECK(read_boot().value().rfind(read_boot_id().value(), 0) == 0);
}

TEST_CASE("write_reboot_request, read_reboot_request: every member is read back, and the request is removed once") {
    const auto folder = TemporaryFolder::make().value();
    const fs::path state = folder.path() / "state";
    CHECK_FALSE(read_reboot_request(state)->has_value());
    const RebootRequest request{5'000'000'000, "boot-1", {{"meter", "aaa", "bbb", "gen-2"}, {"pump", "c", "d", ""}}};
    REQUIRE(write_reboot_request(state, request).ok());
    const auto back = read_reboot_request(state);
    REQUIRE(back.ok());
    REQUIRE(back->has_value());
    CHECK((*back)->time == request.time);
    CHECK((*back)->boot_id == "boot-1");
    CHECK((*back)->connectors == request.connectors);
    REQUIRE(forget_reboot_request(state).ok());
    CHECK_FALSE(read_reboot_request(state)->has_value());
    CHECK(forget_reboot_request(state).ok());
}

TEST_CASE("write_reboot_request: boot_id is the kernel's alone, as agents before this one compare it") {
    const auto folder = TemporaryFolder::make().value();
    REQUIRE(write_reboot_request(folder.path(), {1, "boot-1/796", {}}).ok());
    const std::string text = read_file(folder.path() / "reboot.json").value();
    CHECK(text.find(R"("boot_id": "boot-1")") != std::string::npos);
    CHECK((*read_reboot_request(folder.path()))->boot_id == "boot-1/796");
    REQUIRE(write_file_atomically(folder.path() / "reboot.json",
                                  R"({"schema":1,"time":1,"boot_id":"boot-1","connectors":[]})")
                .ok());
    CHECK((*read_reboot_request(folder.path()))->boot_id == "boot-1");
}

TEST_CASE("read_reboot_request: an invalid file is corrupt and named") {
    const auto folder = TemporaryFolder::make().value();
    for (const char* text : {"", "{", "[]", R"({"schema":2})", R"({"schema":1,"time":1,"boot_id":5,"connectors":[]})",
                             R"({"schema":1,"time":1,"boot_id":"b","connectors":[{}]})"}) {
        CAPTURE(text);
        REQUIRE(write_file_atomically(folder.path() / "reboot.json", text).ok());
        const auto read = read_reboot_request(folder.path());
        REQUIRE_FALSE(read.ok());
        CHECK(read.error().code == ErrorCode::corrupt);
        CHECK(read.error().message.find("reboot.json") != std::string::npos);
    }
}

TEST_CASE("judge_reboot: another boot id is a reboot, with any clock") {
    const RebootRequest request{100, "boot-1", {}};
    CHECK(judge_reboot(request, "boot-2") == RebootVerdict::happened);
    CHECK(judge_reboot(request, "boot-1") == RebootVerdict::did_not_happen);
    CHECK(judge_reboot(request, "boot-1/796") == RebootVerdict::did_not_happen);
    CHECK(judge_reboot(request, "boot-2/796") == RebootVerdict::happened);
}

TEST_CASE("judge_reboot: a container that was started again is a reboot, even with the same kernel") {
    const RebootRequest request{100, "boot-1/796", {}};
    CHECK(judge_reboot(request, "boot-1/796") == RebootVerdict::did_not_happen);
    CHECK(judge_reboot(request, "boot-1/9012") == RebootVerdict::happened);
    CHECK(judge_reboot(request, "boot-1") == RebootVerdict::did_not_happen);
    CHECK(judge_reboot(request, "boot-2") == RebootVerdict::happened);
}
