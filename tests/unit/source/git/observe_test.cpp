// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "git_fixture.hpp"

using namespace gup;
using namespace gup::test;

TEST_CASE("observe: a clone that follows its remote is ready, with all its values") {
    GitSandbox box;
    box.make_remote();
    const auto code = box.open().observe("main");
    REQUIRE(code.ok());
    CHECK(code->condition == CodeCondition::ready);
    CHECK(code->commit == box.git(box.gateway(), "rev-parse HEAD"));
    CHECK(code->branch == "main");
    CHECK(code->remote == "origin");
    CHECK(code->remote_url == "file://" + box.remote().string());
    CHECK(code->upstream_ref == "refs/heads/main");
    CHECK(code->tracking_ref == "refs/remotes/origin/main");
    CHECK(code->tracking_commit == code->commit);
    CHECK_FALSE(code->shallow);
    CHECK_FALSE(code->submodules_differ);
}

TEST_CASE("observe: each state that cannot be followed has its own condition") {
    GitSandbox box;
    box.make_remote();
    const fs::path& at = box.gateway();
    CodeCondition expected{};
    std::string branch;
    SUBCASE("detached HEAD") {
        box.git(at, "checkout -q --detach");
        expected = CodeCondition::detached_head;
    }
    SUBCASE("unborn branch") {
        box.git(at, "checkout -q --orphan new");
        expected = CodeCondition::unborn_branch;
    }
    SUBCASE("no upstream") {
        box.git(at, "branch --unset-upstream");
        expected = CodeCondition::no_upstream;
    }
    SUBCASE("a local upstream") {
        box.git(at, "branch other");
        box.git(at, "branch -u other");
        expected = CodeCondition::no_upstream;
    }
    SUBCASE("a remote that was removed by hand") {
        box.git(at, "config --unset remote.origin.url");
        expected = CodeCondition::no_upstream;
    }
    SUBCASE("another branch than the gupfile's") {
        branch = "stable";
        expected = CodeCondition::wrong_branch;
    }
    SUBCASE("a merge under way") {
        write(at / ".git/MERGE_HEAD", box.git(at, "rev-parse HEAD") + "\n");
        expected = CodeCondition::operation_pending;
    }
    SUBCASE("an index.lock") {
        write(at / ".git/index.lock", "");
        expected = CodeCondition::index_locked;
    }
    SUBCASE("an empty branch file") {
        write(at / ".git/refs/heads/main", "");
        expected = CodeCondition::corrupt;
    }
    SUBCASE("a missing commit") {
        const std::string id = box.git(at, "rev-parse HEAD");
        box.run("rm -rf '" + (at / ".git/objects").string() + "'; mkdir '" + (at / ".git/objects").string() + "'");
        expected = CodeCondition::corrupt;
    }
    const auto code = box.open().observe(branch);
    REQUIRE(code.ok());
    CHECK(code->condition == expected);
    CHECK_FALSE(code->detail.empty());
}

TEST_CASE("open: no repository, a bare one and a broken one are different errors") {
    GitSandbox box;
    box.make_remote();
    const auto code_of = [&](const fs::path& folder) {
        const auto opened = GitRepository::open(folder, box.user());
        return opened ? ErrorCode::cancelled : opened.error().code;
    };
    fs::create_directories(box.gateway() / "inner");
    CHECK(code_of(box.gateway() / "inner") == ErrorCode::not_found);
    CHECK(code_of(box.remote()) == ErrorCode::unsupported);
    fs::remove(box.gateway() / ".git/HEAD");
    CHECK(code_of(box.gateway()) == ErrorCode::corrupt);
}

TEST_CASE("observe: a linked work tree is a repository too") {
    GitSandbox box;
    box.make_remote();
    box.git(box.gateway(), "worktree add -q --track -b side '" + box.path("linked").string() + "' origin/main");
    auto repository = GitRepository::open(box.path("linked"), box.user());
    REQUIRE(repository.ok());
    const auto code = repository->observe("side");
    REQUIRE(code.ok());
    CHECK(code->condition == CodeCondition::ready);
    const std::string commit = box.publish_file("main.py", "2");
    REQUIRE(repository->fetch(*code, commit, {}).ok());
    const auto moved = repository->move_work_tree("side", code->commit, commit, {});
    REQUIRE_MESSAGE(moved.ok(), (moved ? "" : moved.error().message));
    CHECK(box.git(box.path("linked"), "status --porcelain").empty());
    CHECK(box.git(box.path("linked"), "rev-parse side") == commit);
    CHECK(box.git(box.gateway(), "status --porcelain").empty());
}

TEST_CASE("observe: a relative remote and url.insteadOf give the same URL as with git") {
    GitSandbox box;
    box.make_remote();
    box.git(box.gateway(), "config remote.origin.url ../remote.git");
    CHECK(box.open().observe("").value_or({}).remote_url == box.remote().string());
    box.git(box.gateway(), "config remote.origin.url short:remote.git");
    write(box.path("home/.gitconfig"), "[include]\n\tpath = ~/more\n");
    write(box.path("home/more"),
          "[url \"/wrong\"]\n\tinsteadOf = sh\n[url \"" + box.path("").string() + "\"]\n\tinsteadOf = short:\n");
    CHECK(box.open().observe("").value_or({}).remote_url == box.remote().string());
}
