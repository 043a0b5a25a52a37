// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <map>
#include <random>

#include "git_fixture.hpp"

using namespace gup;
using namespace gup::test;

namespace {

// Two commits that differ in 1000 files of all kinds, and the clones that each of them gives.
struct BigMove {
    BigMove() {
        box.make_remote({{"keep", "1"}, {"local", "1"}});
        const std::string at = "cd " + box.publisher().string() + "\n";
        box.run(at +
                "mkdir -p a b leaves/deep tofile\n"
                "for i in $(seq 1 350); do echo old $i > a/$i; echo old $i > b/$i; done\n"
                "for i in $(seq 1 100); do echo x $i > leaves/deep/$i; done\n"
                "echo z > tofile/z; echo f > tofolder; ln -s a/1 link; echo run > run.sh");
        from = box.publish();
        box.git("/", fmt::format("clone -q 'file://{}' '{}'", box.remote().string(), box.path("old").string()));
        box.run(at +
                "for i in $(seq 1 350); do echo newer content $i > a/$i; done\n"
                "for i in $(seq 1 175); do rm b/$i; done\n"
                "rm -r leaves tofile tofolder link; echo n > tofile; mkdir tofolder; echo c > tofolder/c\n"
                "mkdir new; for i in $(seq 1 375); do echo new $i > new/$i; done; ln -s b/300 link; chmod +x run.sh");
        to = box.publish();
        box.git("/", fmt::format("clone -q 'file://{}' '{}'", box.remote().string(), box.path("new").string()));
        old_tree = snapshot(box.path("old"));
        new_tree = snapshot(box.path("new"));
        box.run(fmt::format("cp -a '{}' '{}'", box.path("old").string(), box.gateway().string() + ".start"));
        box.git(box.gateway().string() + ".start", "fetch -q");
    }
    void reset() {
        box.run(fmt::format("rm -rf '{0}'; cp -a '{0}.start' '{0}'; touch '{0}/mine'; echo changed > '{0}/local'",
                            box.gateway().string()));
        box.git(box.gateway(), "update-index -q --refresh || true");
    }
    void check_is(const std::map<std::string, std::string>& tree, const std::string& commit) {
        auto expected = tree;
        auto found = snapshot(box.gateway());
        CHECK(found["local"].find("changed\n") != std::string::npos);
        CHECK(found.erase("mine") == 1);
        found.erase("local");
        expected.erase("local");
        CHECK(found == expected);
        CHECK(box.git(box.gateway(), "rev-parse HEAD main") == commit + "\n" + commit);
        CHECK(box.git(box.gateway(), "status --porcelain") == " M local\n?? mine");
        CHECK_FALSE(fs::exists(box.gateway() / ".git/index.lock"));
        CHECK_FALSE(fs::exists(box.gateway() / ".git/gup-agent-checkout"));
    }
    // In memory, because the many flushes would wait for other writes of this machine.
    GitSandbox box{::access("/dev/shm", W_OK) == 0 ? "/dev/shm" : ""};
    std::string from;
    std::string to;
    std::map<std::string, std::string> old_tree;
    std::map<std::string, std::string> new_tree;
};

// Runs the move in a child, which writes a byte right before its first change.
struct Child {
    explicit Child(BigMove& big) {
        int ends[2];
        REQUIRE(::pipe(ends) == 0);
        pid = ::fork();
        if (pid == 0) {
            auto repository = big.box.open();
            const auto moved = repository.move_work_tree("main", big.from, big.to, [&](const WorkTreeMove&) {
                return ::write(ends[1], "b", 1) == 1 ? Status{} : Status{Error{}};
            });
            ::_exit(moved ? 0 : 1);
        }
        ::close(ends[1]);
        char byte = 0;
        REQUIRE(::read(ends[0], &byte, 1) == 1);
        ::close(ends[0]);
    }
    // True if it was killed before its end.
    bool kill_after(double ms) const {
        timespec pause{static_cast<time_t>(ms / 1e3), static_cast<long>(ms * 1e6) % 1'000'000'000L};
        ::nanosleep(&pause, nullptr);
        ::kill(pid, SIGKILL);
        int status = 0;
        ::waitpid(pid, &status, 0);
        if (WIFEXITED(status)) CHECK(WEXITSTATUS(status) == 0);
        return WIFSIGNALED(status);
    }
    pid_t pid = -1;
};

}  // namespace

TEST_CASE("recover_work_tree: after a kill at any moment, the tree has the old or the new commit, byte for byte" *
          doctest::test_suite("slow")) {
    BigMove big;
    big.reset();
    double in_tree = 0;  // milliseconds, among which the moments of the kills are chosen
    {
        auto repository = big.box.open();
        double first = 0;
        REQUIRE(repository
                    .move_work_tree("main", big.from, big.to,
                                    [&](const WorkTreeMove&) {
                                        first = now_ms();
                                        return Status{};
                                    })
                    .ok());
        in_tree = now_ms() - first;
    }
    big.check_is(big.new_tree, big.to);

    std::mt19937 random(7);  // NOLINT: the same points every time
    int killed = 0;
    int torn = 0;
    for (int round = 0; round < 24 && killed < 20; ++round) {
        big.reset();
        const Child child(big);
        killed += child.kill_after(std::uniform_real_distribution<double>(0, in_tree)(random)) ? 1 : 0;
        auto found = snapshot(big.box.gateway());
        torn += found.count("tofolder/c") == 0 && found["a/1"] != big.old_tree["a/1"] ? 1 : 0;
        const WorkTreeMove move{big.box.gateway().string(), big.from, big.to};
        const bool forward = round % 2 == 0;
        auto repository = big.box.open();
        repository.remove_leftovers();  // as recovery does first: the lock of the branch, when the kill came just then
        const auto status = repository.recover_work_tree(move, forward ? big.to : big.from);
        REQUIRE_MESSAGE(status.ok(), (status ? "" : status.error().message));
        big.check_is(forward ? big.new_tree : big.old_tree, forward ? big.to : big.from);
        if (round % 8 == 0) CHECK(big.box.git_succeeds(big.box.gateway(), "fsck --strict"));
    }
    MESSAGE("killed ", killed, " times, seen in the middle of the files ", torn, " times");
    CHECK(killed > 5);
    CHECK(torn > 0);
}

TEST_CASE("recover_work_tree: goes back after a complete move, and a second recovery changes nothing") {
    GitSandbox box;
    box.make_remote({{"a", "1"}, {"gone", "1"}});
    const auto before = snapshot(box.gateway());
    write(box.publisher() / "a", "2");
    write(box.publisher() / "new/b", "2");
    fs::remove(box.publisher() / "gone");
    box.publish();
    auto repository = box.open();
    const std::string from = box.git(box.gateway(), "rev-parse HEAD");
    const std::string to = box.update(repository);
    const WorkTreeMove move{box.gateway().string(), from, to};
    for (int i = 0; i < 2; ++i) {
        REQUIRE(repository.recover_work_tree(move, from).ok());
        CHECK(snapshot(box.gateway()) == before);
        CHECK(box.git(box.gateway(), "rev-parse main") == from);
        CHECK(box.git(box.gateway(), "status --porcelain").empty());
    }
}

TEST_CASE("recover_work_tree: folders that a kill left empty are removed, in both directions") {
    GitSandbox box;
    box.make_remote({{"a", "1"}, {"old/b/c/file", "1"}});
    const auto before = snapshot(box.gateway());
    fs::remove_all(box.publisher() / "old");
    write(box.publisher() / "new/b/c/file", "2");
    box.publish();
    auto repository = box.open();
    const auto fetched = box.fetch(repository);
    const WorkTreeMove move{box.gateway().string(), fetched.code.commit, fetched.commit};
    // Each rmdir and mkdir on the way is one moment.
    for (const char* left : {"old", "old/b", "old/b/c"}) {
        CAPTURE(left);
        fs::remove_all(box.gateway() / "old");
        fs::create_directories(box.gateway() / left);
        REQUIRE(repository.recover_work_tree(move, move.to).ok());
        CHECK_FALSE(fs::exists(box.gateway() / "old"));
        CHECK(read(box.gateway() / "new/b/c/file") == "2");
    }
    for (const char* made : {"new", "new/b", "new/b/c"}) {
        CAPTURE(made);
        fs::remove_all(box.gateway() / "new");
        fs::create_directories(box.gateway() / made);
        REQUIRE(repository.recover_work_tree(move, move.from).ok());
        CHECK(snapshot(box.gateway()) == before);
    }
}

TEST_CASE("recover_work_tree: an empty folder behind a link is not removed") {
    GitSandbox box;
    box.make_remote({{"a", "1"}, {"old/b/c/file", "1"}});
    fs::remove_all(box.publisher() / "old");
    box.publish();
    auto repository = box.open();
    const auto fetched = box.fetch(repository);
    fs::remove_all(box.gateway() / "old");
    fs::create_directories(box.path("elsewhere/b"));
    fs::create_directory_symlink(box.path("elsewhere"), box.gateway() / "old");
    const WorkTreeMove move{box.gateway().string(), fetched.code.commit, fetched.commit};
    (void)repository.recover_work_tree(move, move.to);
    CHECK(fs::is_directory(box.path("elsewhere/b")));
}

TEST_CASE("recover_work_tree: a partial file, an empty index.lock and a broken index are repaired") {
    GitSandbox box;
    box.make_remote({{"a", "old content"}, {"b", "old content"}});
    write(box.publisher() / "a", "new content");
    write(box.publisher() / "b", "new content");
    box.publish();
    auto repository = box.open();
    const auto fetched = box.fetch(repository);
    write(box.gateway() / "a", "new co");
    fs::remove(box.gateway() / "b");
    write(box.gateway() / ".git/index.lock", "");
    write(box.gateway() / ".git/index", "");
    const WorkTreeMove move{box.gateway().string(), fetched.code.commit, fetched.commit};
    REQUIRE(repository.recover_work_tree(move, fetched.commit).ok());
    CHECK(read(box.gateway() / "a") == "new content");
    CHECK(read(box.gateway() / "b") == "new content");
    CHECK(box.git(box.gateway(), "status --porcelain").empty());
    CHECK(box.git(box.gateway(), "rev-parse HEAD") == fetched.commit);
}

TEST_CASE("recover_work_tree: a later change of a person is a conflict that is named, and nothing is changed") {
    GitSandbox box;
    box.make_remote({{"a", "old"}, {"b", "old"}});
    write(box.publisher() / "a", "new");
    write(box.publisher() / "b", "new");
    box.publish();
    auto repository = box.open();
    const auto fetched = box.fetch(repository);
    write(box.gateway() / "a", "new");
    write(box.gateway() / "b", "mine");
    const WorkTreeMove move{box.gateway().string(), fetched.code.commit, fetched.commit};
    const auto status = repository.recover_work_tree(move, fetched.code.commit);
    REQUIRE_FALSE(status.ok());
    CHECK(status.error().code == ErrorCode::conflict);
    CHECK(status.error().message.find("cannot recover smart-meter: b changed") == 0);
    CHECK(read(box.gateway() / "a") == "new");
    CHECK(read(box.gateway() / "b") == "mine");
}

TEST_CASE("recover_work_tree: a branch that a person moved since stays unchanged") {
    GitSandbox box;
    box.make_remote();
    box.publish_file("main.py", "2");
    auto repository = box.open();
    const auto fetched = box.fetch(repository);
    box.git(box.gateway(), "commit -q --allow-empty -m mine");
    const WorkTreeMove move{box.gateway().string(), fetched.code.commit, fetched.commit};
    const auto status = repository.recover_work_tree(move, fetched.commit);
    REQUIRE_FALSE(status.ok());
    CHECK(status.error().code == ErrorCode::conflict);
    CHECK(read(box.gateway() / "main.py") == "print(1)\n");
}

TEST_CASE("recover_work_tree: another git's index.lock stays") {
    GitSandbox box;
    box.make_remote();
    box.publish_file("main.py", "2");
    auto repository = box.open();
    const auto fetched = box.fetch(repository);
    write(box.gateway() / ".git/index.lock", "DIRC");
    const WorkTreeMove move{box.gateway().string(), fetched.code.commit, fetched.commit};
    const auto status = repository.recover_work_tree(move, fetched.commit);
    REQUIRE_FALSE(status.ok());
    CHECK(status.error().code == ErrorCode::busy);
    CHECK(read(box.gateway() / ".git/index.lock") == "DIRC");
}
