// SPDX-License-Identifier: Apache-2.0
#include "host/owner_sandbox.hpp"

#include <unistd.h>

#include <algorithm>

#include "fixture.hpp"

using namespace gup;

TEST_CASE("an owner's worker may write to its folders, its home and temporary ones") {
    Owner owner;
    owner.uid = 20001;
    owner.gid = 20002;
    owner.home = "/home/ann";
    const Sandbox sandbox = worker_sandbox(owner, {"/srv/root"});
    CHECK(sandbox.is_confined);
    CHECK_FALSE(sandbox.may_gain_privileges);
    REQUIRE(sandbox.writable);
    const auto has = [&](const char* folder) {
        return std::find(sandbox.writable->begin(), sandbox.writable->end(), folder) != sandbox.writable->end();
    };
    for (const char* folder : {"/srv/root", "/home/ann", "/tmp", "/run/user/20001"}) CHECK(has(folder));
    CHECK_FALSE(has("/"));
    CHECK_FALSE(has("/etc"));
    CHECK(sandbox.memory == worker_memory());
}

TEST_CASE("an owner without a home does not get the whole file system for it") {
    for (const char* home : {"/", ""}) {
        Owner owner;
        owner.uid = 20001;
        owner.home = home;
        const Sandbox sandbox = worker_sandbox(owner, {});
        for (const fs::path& folder : *sandbox.writable) {
            CHECK(folder != fs::path("/"));
            CHECK_FALSE(folder.empty());
        }
    }
}

TEST_CASE("the worker of root's own connectors keeps root's rights, and those of others lose them" *
          doctest::skip(::geteuid() != 0)) {
    Owner owner;
    CHECK_FALSE(worker_sandbox(owner, {}).is_confined);
    CHECK_FALSE(worker_sandbox(owner, {}).identity);
    CHECK_FALSE(worker_sandbox(owner, {}).writable);
    owner.uid = 20001;
    owner.gid = 20002;
    const Sandbox sandbox = program_sandbox(owner, Privileges::none);
    REQUIRE(sandbox.identity);
    CHECK(sandbox.identity->uid == 20001);
    CHECK(sandbox.identity->gid == 20002);
    CHECK_FALSE(sandbox.may_gain_privileges);
    CHECK(program_sandbox(owner, Privileges::allowed).may_gain_privileges);
}
