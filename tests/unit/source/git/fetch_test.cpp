// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <algorithm>

#include "git_fixture.hpp"
#include "util/sys/directory.hpp"

using namespace gup;
using namespace gup::test;

TEST_CASE("fetch: fetches the branch and its tags, and nothing else") {
    GitSandbox box;
    box.make_remote();
    box.git(box.publisher(), "tag on-first");
    box.git(box.publisher(), "push -q --tags");
    box.publish_file("main.py", "2");
    box.git(box.publisher(), "tag light");
    box.git(box.publisher(), "tag -a -m x heavy");
    box.git(box.publisher(), "checkout -q -b side");
    write(box.publisher() / "side", "s");
    const std::string side = box.publish();
    box.git(box.publisher(), "tag sideways");
    box.git(box.publisher(), "push -q --tags");
    auto repository = box.open();
    const auto fetched = box.fetch(repository);
    CHECK(box.git(box.gateway(), "rev-parse refs/remotes/origin/main") == fetched.commit);
    CHECK(box.git(box.gateway(), "tag") == "heavy\nlight\non-first");
    CHECK(box.git(box.gateway(), "rev-parse heavy^{commit}") == fetched.commit);
    CHECK_FALSE(box.git_succeeds(box.gateway(), "cat-file -e " + side));
    CHECK_FALSE(box.git_succeeds(box.gateway(), "rev-parse --verify -q refs/remotes/origin/side"));
    CHECK_FALSE(fs::exists(box.gateway() / ".git/FETCH_HEAD"));
    CHECK(box.git_succeeds(box.gateway(), "fsck --strict"));
    CHECK(box.git(box.gateway(), "status --porcelain").empty());
}

TEST_CASE("fetch: a shallow clone stays shallow and is updated") {
    GitSandbox box;
    box.make_remote();
    box.publish_file("main.py", "2");
    box.publish_file("main.py", "3");
    box.clone_gateway("--depth 1");
    const std::string roots = read(box.gateway() / ".git/shallow");
    REQUIRE_FALSE(roots.empty());
    box.publish_file("main.py", "4");
    box.publish_file("main.py", "5");
    auto repository = box.open();
    const auto fetched = box.fetch(repository);
    CHECK(fetched.code.shallow);
    const auto target = repository.classify(fetched.code, fetched.commit);
    REQUIRE_MESSAGE(target.ok(), (target ? "" : target.error().message));
    CHECK(target->relation == Relation::behind);
    CHECK(target->commits == 2);
    CHECK(read(box.gateway() / ".git/shallow") == roots);
    REQUIRE(repository.move_work_tree("main", fetched.code.commit, fetched.commit, {}).ok());
    CHECK(box.git(box.gateway(), "rev-list --count HEAD") == "3");
    CHECK(box.git_succeeds(box.gateway(), "fsck --strict"));
}

TEST_CASE("fetch: leftovers of a killed fetch are removed, those of a running git stay") {
    GitSandbox box;
    box.make_remote();
    box.publish_file("main.py", "2");
    const fs::path pack = box.gateway() / ".git/objects/pack";
    for (const char* name : {"pack_git2_old", "pack_git2_new", "tmp_pack_old", "tmp_pack_new"}) write(pack / name, "x");
    box.run("touch -d '2 days ago' " + (pack / "pack_git2_old").string() + " " + (pack / "tmp_pack_old").string());
    auto repository = box.open();
    (void)box.fetch(repository);
    CHECK_FALSE(fs::exists(pack / "pack_git2_old"));
    CHECK_FALSE(fs::exists(pack / "tmp_pack_old"));
    CHECK(fs::exists(pack / "pack_git2_new"));
    CHECK(fs::exists(pack / "tmp_pack_new"));
}

TEST_CASE("ask_remote: a missing branch and a missing remote are different errors") {
    GitSandbox box;
    box.make_remote();
    auto repository = box.open();
    auto code = repository.observe("");
    REQUIRE(code.ok());
    code->upstream_ref = "refs/heads/gone";
    auto answer = repository.ask_remote(*code);
    REQUIRE_FALSE(answer.ok());
    CHECK(answer.error().code == ErrorCode::not_found);
    CHECK(answer.error().message.find("has no refs/heads/gone") != std::string::npos);
    CHECK(answer.error().cause == Cause::missing_branch);
    fs::rename(box.remote(), box.path("moved.git"));
    answer = repository.ask_remote(*code);
    REQUIRE_FALSE(answer.ok());
    CHECK(answer.error().code == ErrorCode::unreachable);
    CHECK(answer.error().message.find("remote.git does not exist") != std::string::npos);
}

TEST_CASE("list_remote: lists branches and tags, and follows url.insteadOf of the user") {
    GitSandbox box;
    box.make_remote();
    box.git(box.publisher(), "tag -a -m x v5.0.0");
    box.git(box.publisher(), "push -q --tags");
    write(box.path("home/.gitconfig"),
          "[url \"" + box.path("").string() + "\"]\n\tinsteadOf = https://host.invalid/\n");
    const auto refs = list_remote("https://host.invalid/remote.git", box.user());
    REQUIRE_MESSAGE(refs.ok(), (refs ? "" : refs.error().message));
    const auto has = [&](const std::string& name) {
        return std::any_of(refs->begin(), refs->end(), [&](const RemoteRef& ref) { return ref.name == name; });
    };
    CHECK(has("refs/heads/main"));
    CHECK(has("refs/tags/v5.0.0"));
    CHECK(revision_for_version(*refs, "5.0.0") == "v5.0.0");
    CHECK(revision_for_version(*refs, "5.0.1").empty());
}

TEST_CASE("revision_for_version: the plain tag wins over the one with v, and a full id names itself") {
    const std::vector<RemoteRef> refs{{"refs/tags/v1.0", "a"}, {"refs/tags/1.0", "b"}, {"refs/heads/2.0", "c"}};
    const std::string id(40, 'a');
    CHECK(revision_for_version(refs, "1.0") == "1.0");
    CHECK(revision_for_version(refs, "2.0").empty());
    CHECK(revision_for_version(refs, id) == id);
}

TEST_CASE("quarantine: shows what an update would be, and changes nothing in the repository") {
    GitSandbox box;
    box.make_remote();
    SUBCASE("a full clone") {
        box.clone_gateway();
    }
    SUBCASE("a shallow clone") {
        box.clone_gateway("--depth 1");
    }
    box.publish_file("gupfile", "paho-mqtt,1.3.1\n");
    const std::string listing = "find " + box.gateway().string() + " -printf '%p %T@ %s\\n' | sort";
    auto repository = box.open();
    const std::string before = box.run(listing);
    const auto code = repository.observe("");
    REQUIRE(code.ok());
    const auto commit = repository.ask_remote(*code);
    REQUIRE(commit.ok());
    auto temporary = TemporaryFolder::make();
    REQUIRE(temporary.ok());
    auto quarantine = repository.quarantine(temporary->path());
    REQUIRE_MESSAGE(quarantine.ok(), (quarantine ? "" : quarantine.error().message));
    const auto status = quarantine->fetch(*code, *commit, {});
    REQUIRE_MESSAGE(status.ok(), (status ? "" : status.error().message));
    const auto text = quarantine->read_file_at(*commit, "gupfile");
    REQUIRE(text.ok());
    CHECK(*text == "paho-mqtt,1.3.1\n");
    auto target = quarantine->classify(*code, *commit);
    REQUIRE_MESSAGE(target.ok(), (target ? "" : target.error().message));
    CHECK(target->relation == Relation::behind);
    CHECK(target->commits == 1);
    CHECK(target->conflicts.empty());
    CHECK(box.run(listing) == before);
    CHECK_FALSE(box.git_succeeds(box.gateway(), "cat-file -e " + *commit));
    write(box.gateway() / "gupfile", "mine");
    target = quarantine->classify(*code, *commit);
    REQUIRE(target.ok());
    CHECK(target->conflicts == std::vector<std::string>{"gupfile"});
}

TEST_CASE("classify: same, ahead, diverged and rewound are distinguished") {
    GitSandbox box;
    box.make_remote();
    const std::string second = box.publish_file("main.py", "2");
    box.clone_gateway();
    auto repository = box.open();
    auto fetched = box.fetch(repository);
    const auto relation = [&] {
        const auto target = repository.classify(fetched.code, fetched.commit);
        REQUIRE(target.ok());
        return target->relation;
    };
    CHECK(relation() == Relation::same);
    box.git(box.publisher(), "reset -q --hard HEAD~1");
    box.git(box.publisher(), "push -q -f");
    fetched = box.fetch(repository);
    CHECK(relation() == Relation::rewound);
    CHECK(fetched.code.tracking_commit == second);
    box.git(box.publisher(), "reset -q --hard " + second);
    box.git(box.publisher(), "push -q");
    (void)box.fetch(repository);
    box.git(box.gateway(), "commit -q --allow-empty -m mine");
    fetched = box.fetch(repository);
    CHECK(relation() == Relation::ahead);
    box.publish_file("main.py", "3");
    fetched = box.fetch(repository);
    CHECK(relation() == Relation::diverged);
}
