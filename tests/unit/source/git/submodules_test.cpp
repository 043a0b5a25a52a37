// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "git_fixture.hpp"

using namespace gup;
using namespace gup::test;

namespace {

// A connector with the submodule lib/inner, which has the submodule deep.
struct Nested {
    Nested() {
        box.make_remote();
        for (const char* name : {"deep", "inner"}) {
            box.git("/", "init -q '" + box.path(name).string() + "'");
            write(box.path(name) / "file", "1");
            box.git(box.path(name), "add -A");
            box.git(box.path(name), "commit -q -m first");
        }
        box.git(box.path("inner"), "-c protocol.file.allow=always submodule --quiet add ../deep deep");
        box.git(box.path("inner"), "commit -q -m deep");
        box.git(box.publisher(), "-c protocol.file.allow=always submodule --quiet add ../inner lib/inner");
        commit = box.publish();
    }
    std::string next_inner() {
        write(box.path("inner") / "file", "2");
        box.git(box.path("inner"), "commit -q -a -m second");
        box.git(box.publisher() / "lib/inner", "pull -q origin main");
        return box.publish();
    }
    GitSandbox box;
    std::string commit;
};

}  // namespace

TEST_CASE("update_submodules: missing ones are cloned, recursively, and git finds nothing to do") {
    Nested nested;
    GitSandbox& box = nested.box;
    auto repository = box.open();
    box.update(repository);
    CHECK(repository.observe("").value_or({}).submodules_differ);
    int moves = 0;
    const auto status = repository.update_submodules(
        [&](const WorkTreeMove& move) {
            ++moves;
            CHECK(move.from == std::string(40, '0'));
            return Status{};
        },
        {});
    REQUIRE_MESSAGE(status.ok(), (status ? "" : status.error().message));
    CHECK(moves == 2);
    CHECK_FALSE(repository.observe("").value_or({}).submodules_differ);
    CHECK(read(box.gateway() / "lib/inner/deep/file") == "1");
    CHECK(box.git(box.gateway(), "status --porcelain").empty());
    CHECK(box.git(box.gateway(), "submodule status --recursive").find_first_of("+-U") == std::string::npos);
    CHECK(box.git_succeeds(box.gateway(), "-c protocol.file.allow=always submodule update --init --recursive"));
}

TEST_CASE("update_submodules: a newer commit is followed, and can be rolled back") {
    Nested nested;
    GitSandbox& box = nested.box;
    auto repository = box.open();
    box.update(repository);
    REQUIRE(repository.update_submodules({}, {}).ok());
    nested.next_inner();
    box.update(repository);
    CHECK(repository.observe("").value_or({}).submodules_differ);
    WorkTreeMove seen;
    const auto status = repository.update_submodules(
        [&](const WorkTreeMove& move) {
            seen = move;
            return Status{};
        },
        {});
    REQUIRE_MESSAGE(status.ok(), (status ? "" : status.error().message));
    CHECK(read(box.gateway() / "lib/inner/file") == "2");
    CHECK(box.git(box.gateway(), "status --porcelain").empty());
    auto inner = GitRepository::open(seen.path, box.user());
    REQUIRE(inner.ok());
    REQUIRE(inner->recover_work_tree(seen, seen.from).ok());
    CHECK(read(box.gateway() / "lib/inner/file") == "1");
    CHECK(box.git(box.gateway() / "lib/inner", "status --porcelain").empty());
}

TEST_CASE("update_submodules: a fresh clone can be removed again") {
    Nested nested;
    GitSandbox& box = nested.box;
    auto repository = box.open();
    box.update(repository);
    std::vector<WorkTreeMove> moves;
    REQUIRE(repository
                .update_submodules(
                    [&](const WorkTreeMove& move) {
                        moves.push_back(move);
                        return Status{};
                    },
                    {})
                .ok());
    for (auto move = moves.rbegin(); move != moves.rend(); ++move) {
        auto inner = GitRepository::open(move->path, box.user());
        REQUIRE(inner.ok());
        const auto status = inner->recover_work_tree(*move, move->from);
        REQUIRE_MESSAGE(status.ok(), (status ? "" : status.error().message));
    }
    CHECK_FALSE(fs::exists(box.gateway() / "lib/inner/file"));
    const auto again = repository.update_submodules({}, {});
    REQUIRE_MESSAGE(again.ok(), (again ? "" : again.error().message));
    CHECK(read(box.gateway() / "lib/inner/deep/file") == "1");
    CHECK(box.git(box.gateway(), "status --porcelain").empty());
}

TEST_CASE("update_submodules: local changes in a submodule are a conflict") {
    Nested nested;
    GitSandbox& box = nested.box;
    auto repository = box.open();
    box.update(repository);
    REQUIRE(repository.update_submodules({}, {}).ok());
    nested.next_inner();
    box.update(repository);
    SUBCASE("a changed file") {
        write(box.gateway() / "lib/inner/file", "mine");
    }
    SUBCASE("a commit on no branch") {
        box.git(box.gateway() / "lib/inner", "commit -q --allow-empty -m mine");
    }
    const auto before = snapshot(box.gateway());
    const auto status = repository.update_submodules({}, {});
    REQUIRE_FALSE(status.ok());
    CHECK(status.error().code == ErrorCode::conflict);
    CHECK(status.error().message.find("cannot update the submodule lib/inner: ") == 0);
    CHECK(snapshot(box.gateway()) == before);
}

TEST_CASE("update_submodules: a remote on the network cannot make this machine read its own files") {
    Nested nested;
    GitSandbox& box = nested.box;
    auto repository = box.open();
    box.update(repository);
    box.git(box.gateway(), "config remote.origin.url https://host.invalid/remote.git");
    box.git(box.gateway(), "config submodule.lib/inner.url " + box.path("inner").string());
    const auto status = repository.update_submodules({}, {});
    REQUIRE_FALSE(status.ok());
    CHECK(status.error().code == ErrorCode::unsupported);
    CHECK(fs::is_empty(box.gateway() / "lib/inner"));
}
