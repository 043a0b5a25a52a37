// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "git_fixture.hpp"

using namespace gup;
using namespace gup::test;

namespace {

// The gateway's clone and a copy of it; one is updated by us, the other by git pull.
struct Compared {
    explicit Compared(GitSandbox& box) : sandbox(box), twin(box.path("twin/smart-meter")) {
        fs::create_directories(twin.parent_path());
        box.run("cp -a '" + box.gateway().string() + "' '" + twin.string() + "'");
    }
    void check() {
        auto repository = sandbox.open();
        const std::string commit = sandbox.update(repository);
        sandbox.git(twin, "pull -q --ff-only");
        CHECK(snapshot(sandbox.gateway()) == snapshot(twin));
        CHECK(sandbox.git(sandbox.gateway(), "status --porcelain --ignored") ==
              sandbox.git(twin, "status --porcelain --ignored"));
        CHECK(sandbox.git(sandbox.gateway(), "ls-files -s") == sandbox.git(twin, "ls-files -s"));
        CHECK(sandbox.git(sandbox.gateway(), "rev-parse HEAD") == commit);
        CHECK(sandbox.git(sandbox.gateway(), "symbolic-ref HEAD") == "refs/heads/main");
        CHECK(sandbox.git_succeeds(sandbox.gateway(), "fsck --strict"));
    }
    GitSandbox& sandbox;
    fs::path twin;
};

std::string message_of(const Status& status) {
    return status ? std::string{} : status.error().message;
}

}  // namespace

TEST_CASE("move_work_tree: modes, links, folders and their removal are the same as with git pull") {
    GitSandbox box;
    box.make_remote({{"run.sh", "a"},
                     {"plain", "b"},
                     {"old/deep/x", "c"},
                     {"old/deep/y", "d"},
                     {"tofile/z", "e"},
                     {"tofolder", "f"},
                     {"tolink", "g"},
                     {"gone", "h"},
                     {"keep", "i"}});
    box.run("ln -s plain " + (box.publisher() / "link").string());
    box.publish();
    box.clone_gateway();
    Compared compared(box);
    const std::string at = "cd " + box.publisher().string() + "\n";
    box.run(at +
            "chmod +x run.sh\n printf longer > plain\n rm -r old tofile tofolder gone\n printf n > tofile\n"
            "mkdir -p tofolder/a/b new/dir\n printf m > tofolder/a/b/c\n printf x > 'new/dir/with space'\n"
            "printf y > 'new/\xc3\xbc'\n rm tolink\n ln -s keep tolink\n rm link\n printf nolink > link\n : > empty");
    box.publish();
    compared.check();
}

TEST_CASE("move_work_tree: .gitattributes of the new commit decide about line endings and $Id$") {
    GitSandbox box;
    box.make_remote({{"a.txt", "1\n2\n"}, {"sub/b.txt", "1\n"}, {"c.bat", "x\r\ny\r\n"}, {"d.py", "# $Id$\n"}});
    Compared compared(box);
    write(box.publisher() / ".gitattributes", "[attr]dos text eol=crlf\n*.bat dos\nd.py ident\n*.txt text eol=crlf\n");
    write(box.publisher() / "sub/.gitattributes", "*.txt text eol=lf\n");
    write(box.publisher() / "a.txt", "1\n2\n3\n");
    write(box.publisher() / "sub/b.txt", "1\n2\n");
    write(box.publisher() / "e.bat", "x\ny\n");
    write(box.publisher() / "d.py", "# $Id$\n# 2\n");
    box.publish();
    compared.check();
    CHECK(read(box.gateway() / "a.txt") == "1\r\n2\r\n3\r\n");
    CHECK(read(box.gateway() / "e.bat") == "x\r\ny\r\n");
    CHECK(read(box.gateway() / "sub/b.txt") == "1\n2\n");
    CHECK(read(box.gateway() / "d.py").find("$Id: ") != std::string::npos);
}

TEST_CASE("move_work_tree: core.autocrlf of the user's configuration is used") {
    GitSandbox box;
    box.make_remote({{"a.txt", "1\n"}});
    write(box.path("home/.gitconfig"), "[core]\n\tautocrlf = true\n");
    box.clone_gateway();
    Compared compared(box);
    write(box.publisher() / "a.txt", "1\n2\n");
    write(box.publisher() / "b.txt", "1\n2\n");
    box.git(box.publisher(), "-c core.autocrlf=false add -A");
    box.git(box.publisher(), "-c core.autocrlf=false commit -q -m x");
    box.git(box.publisher(), "push -q");
    compared.check();
    CHECK(read(box.gateway() / "b.txt") == "1\r\n2\r\n");
}

TEST_CASE("move_work_tree: local changes to other paths stay, in the index and in the work tree") {
    GitSandbox box;
    box.make_remote({{"a", "1"}, {"b", "1"}, {"c", "1"}, {"d/e", "1"}});
    const auto change = [&](const fs::path& folder) {
        write(folder / "b", "staged");
        box.git(folder, "add b");
        write(folder / "c", "changed");
        write(folder / "untracked", "mine");
        write(folder / "d/untracked", "mine");
    };
    Compared compared(box);
    change(box.gateway());
    change(compared.twin);
    write(box.publisher() / "a", "2");
    fs::remove(box.publisher() / "d/e");
    box.publish();
    compared.check();
    CHECK(box.git(box.gateway(), "diff --cached --name-only") == "b");
}

TEST_CASE("move_work_tree: the reflog names the agent") {
    GitSandbox box;
    box.make_remote();
    box.publish_file("main.py", "print(2)\n");
    auto repository = box.open();
    box.update(repository);
    CHECK(box.git(box.gateway(), "reflog -1 --format=%gs main") == "gup-agent: fast-forward");
    CHECK(box.git(box.gateway(), "reflog -1 --format=%gs HEAD") == "gup-agent: fast-forward");
}

TEST_CASE("classify: a change that the update would lose is a conflict, and nothing is changed") {
    GitSandbox box;
    box.make_remote({{"a", "1"}, {"dir/b", "1"}, {"leaves", "1"}, {".gitignore", "*.log\n"}});
    std::string expected;
    std::function<void(const fs::path&)> upstream;
    std::function<void(const fs::path&)> local;
    SUBCASE("a changed file") {
        upstream = [](const fs::path& f) { write(f / "a", "2"); };
        local = [](const fs::path& f) { write(f / "a", "mine"); };
        expected = "a";
    }
    SUBCASE("a staged change, put back in the work tree") {
        upstream = [](const fs::path& f) { write(f / "a", "2"); };
        local = [&](const fs::path& f) {
            write(f / "a", "mine");
            box.git(f, "add a");
            write(f / "a", "1");
        };
        expected = "a";
    }
    SUBCASE("a file of the same size and time") {
        upstream = [](const fs::path& f) { write(f / "a", "2"); };
        local = [](const fs::path& f) {
            const auto time = fs::last_write_time(f / "a");
            write(f / "a", "x");
            fs::last_write_time(f / "a", time);
        };
        expected = "a";
    }
    SUBCASE("a file made executable") {
        upstream = [](const fs::path& f) { write(f / "a", "2"); };
        local = [](const fs::path& f) { fs::permissions(f / "a", fs::perms::owner_exec, fs::perm_options::add); };
        expected = "a";
    }
    SUBCASE("a file that was deleted here") {
        upstream = [](const fs::path& f) { write(f / "a", "2"); };
        local = [](const fs::path& f) { fs::remove(f / "a"); };
        expected = "a";
    }
    SUBCASE("a changed file that leaves") {
        upstream = [](const fs::path& f) { fs::remove(f / "leaves"); };
        local = [](const fs::path& f) { write(f / "leaves", "mine"); };
        expected = "leaves";
    }
    SUBCASE("an untracked file in the way") {
        upstream = [](const fs::path& f) { write(f / "new", "2"); };
        local = [](const fs::path& f) { write(f / "new", "mine"); };
        expected = "new";
    }
    SUBCASE("an ignored file in the way") {
        upstream = [&](const fs::path& f) {
            write(f / "x.log", "2");
            box.git(f, "add -f x.log");
        };
        local = [](const fs::path& f) { write(f / "x.log", "mine"); };
        expected = "x.log";
    }
    SUBCASE("a folder with a file where a file comes") {
        upstream = [](const fs::path& f) { write(f / "new", "2"); };
        local = [](const fs::path& f) { write(f / "new/inner/mine", "mine"); };
        expected = "new/inner/mine";
    }
    SUBCASE("a file where a folder comes") {
        upstream = [](const fs::path& f) { write(f / "new/x", "2"); };
        local = [](const fs::path& f) { write(f / "new", "mine"); };
        expected = "new";
    }
    SUBCASE("a folder that was replaced by a link") {
        upstream = [](const fs::path& f) { write(f / "dir/b", "2"); };
        local = [](const fs::path& f) {
            fs::rename(f / "dir", f.parent_path() / "elsewhere");
            fs::create_symlink("../elsewhere", f / "dir");
        };
        expected = "dir";
    }
    upstream(box.publisher());
    const std::string to = box.publish();
    local(box.gateway());
    const auto before = snapshot(box.gateway());
    auto repository = box.open();
    const auto fetched = box.fetch(repository);
    const auto target = repository.classify(fetched.code, fetched.commit);
    REQUIRE(target.ok());
    CHECK(target->relation == Relation::behind);
    CHECK(target->conflicts == std::vector<std::string>{expected});
    bool was_asked = false;
    const auto status = repository.move_work_tree("main", fetched.code.commit, to, [&](const WorkTreeMove&) {
        was_asked = true;
        return Status{};
    });
    REQUIRE_FALSE(status.ok());
    CHECK(status.error().code == ErrorCode::conflict);
    CHECK(message_of(status).find("cannot fast-forward main: ") == 0);
    CHECK(message_of(status).find(expected) != std::string::npos);
    CHECK_FALSE(was_asked);
    CHECK(snapshot(box.gateway()) == before);
    CHECK(box.git(box.gateway(), "rev-parse HEAD") == fetched.code.commit);
    CHECK_FALSE(fs::exists(box.gateway() / ".git/index.lock"));
    CHECK_FALSE(fs::exists(box.gateway() / ".git/gup-agent-checkout"));
}

TEST_CASE("classify: a file that already has the new content is not a conflict") {
    GitSandbox box;
    box.make_remote({{"a", "1"}, {"leaves", "1"}});
    write(box.publisher() / "a", "fixed");
    write(box.publisher() / "new", "fixed too");
    fs::remove(box.publisher() / "leaves");
    box.publish();
    write(box.gateway() / "a", "fixed");
    write(box.gateway() / "new", "fixed too");
    fs::remove(box.gateway() / "leaves");
    auto repository = box.open();
    box.update(repository);
    CHECK(box.git(box.gateway(), "status --porcelain").empty());
}

TEST_CASE("move_work_tree: when the caller refuses, nothing is changed") {
    GitSandbox box;
    box.make_remote();
    box.publish_file("main.py", "print(2)\n");
    auto repository = box.open();
    const auto fetched = box.fetch(repository);
    const auto before = snapshot(box.gateway());
    WorkTreeMove seen;
    const auto status =
        repository.move_work_tree("main", fetched.code.commit, fetched.commit, [&](const WorkTreeMove& move) -> Status {
            seen = move;
            return Error{ErrorCode::no_space, "the journal is full", {}};
        });
    REQUIRE_FALSE(status.ok());
    CHECK(status.error().code == ErrorCode::no_space);
    CHECK(seen.path == box.gateway().string());
    CHECK(seen.from == fetched.code.commit);
    CHECK(seen.to == fetched.commit);
    CHECK(snapshot(box.gateway()) == before);
    CHECK(box.git(box.gateway(), "status --porcelain").empty());
}

TEST_CASE("move_work_tree: an index.lock of another program stays, and nothing is changed") {
    GitSandbox box;
    box.make_remote();
    box.publish_file("main.py", "print(2)\n");
    auto repository = box.open();
    const auto fetched = box.fetch(repository);
    write(box.gateway() / ".git/index.lock", "DIRC");
    const auto status = repository.move_work_tree("main", fetched.code.commit, fetched.commit, {});
    REQUIRE_FALSE(status.ok());
    CHECK(status.error().code == ErrorCode::busy);
    CHECK(read(box.gateway() / ".git/index.lock") == "DIRC");
    CHECK(read(box.gateway() / "main.py") == "print(1)\n");
}

TEST_CASE("move_work_tree: a file for git-lfs is refused rather than written as a pointer") {
    GitSandbox box;
    box.make_remote();
    write(box.publisher() / ".gitattributes", "*.bin filter=lfs\n");
    write(box.publisher() / "model.bin", "version https://git-lfs.github.com/spec/v1\n");
    box.publish();
    auto repository = box.open();
    const auto fetched = box.fetch(repository);
    const auto status = repository.move_work_tree("main", fetched.code.commit, fetched.commit, {});
    REQUIRE_FALSE(status.ok());
    CHECK(status.error().code == ErrorCode::unsupported);
    CHECK(message_of(status).find("model.bin") != std::string::npos);
    CHECK(box.git(box.gateway(), "status --porcelain").empty());
}
