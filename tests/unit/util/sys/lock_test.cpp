// SPDX-License-Identifier: Apache-2.0
#include "util/sys/lock.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <functional>
#include <string>

#include "util/sys/directory.hpp"

namespace {

// The result of another process that tries: 'T' taken, 'B' busy with `holder` in the message, 'E' anything else.
char try_elsewhere(const gup::fs::path& path, pid_t holder) {
    const pid_t pid = ::fork();
    if (pid == 0) {
        const auto lock = gup::FileLock::try_take(path);
        if (lock.ok()) ::_exit('T');
        const std::string word = "process " + std::to_string(holder);
        const bool busy = lock.error().code == gup::ErrorCode::busy && lock.error().message.ends_with(word);
        ::_exit(busy ? 'B' : 'E');
    }
    int status = 0;
    ::waitpid(pid, &status, 0);
    return static_cast<char>(WEXITSTATUS(status));
}

// Another process that takes a lock by `take`, and has it until it is killed.
struct Holder {
    pid_t pid = 0;
    bool has_it = false;

    explicit Holder(const std::function<bool()>& take) {
        int ready[2];
        REQUIRE(::pipe(ready) == 0);
        pid = ::fork();
        if (pid == 0) {
            (void)!::write(ready[1], take() ? "y" : "n", 1);
            for (;;) ::pause();
        }
        char byte = 0;
        REQUIRE(::read(ready[0], &byte, 1) == 1);
        has_it = byte == 'y';
        ::close(ready[0]);
        ::close(ready[1]);
    }
    Holder(const Holder&) = delete;
    Holder& operator=(const Holder&) = delete;
    ~Holder() { end(); }

    void end() {
        if (pid <= 0) return;
        ::kill(pid, SIGKILL);
        ::waitpid(pid, nullptr, 0);
        pid = 0;
    }
};

}  // namespace

TEST_CASE("FileLock: another process gets the holder's name") {
    const auto folder = gup::TemporaryFolder::make();
    REQUIRE(folder.ok());
    const gup::fs::path path = folder->path() / "state" / "lock";
    {
        const auto lock = gup::FileLock::try_take(path);
        REQUIRE(lock.ok());
        CHECK(try_elsewhere(path, ::getpid()) == 'B');
        CHECK(gup::read_file(path).value_or("?").empty());
    }
    CHECK(try_elsewhere(path, ::getpid()) == 'T');
}

TEST_CASE("FileLock: ends with a killed process") {
    const auto folder = gup::TemporaryFolder::make();
    REQUIRE(folder.ok());
    const gup::fs::path path = folder->path() / "lock";
    Holder holder([&] {
        static const auto lock = gup::FileLock::try_take(path);
        return lock.ok();
    });
    CHECK(holder.has_it);
    CHECK(try_elsewhere(path, holder.pid) == 'B');
    holder.end();
    CHECK(gup::FileLock::try_take(path).ok());
}

TEST_CASE("FileLock: a path below a file cannot be locked, and that is not busy") {
    const auto folder = gup::TemporaryFolder::make();
    REQUIRE(folder.ok());
    REQUIRE(gup::write_file_atomically(folder->path() / "file", "").ok());
    const auto lock = gup::FileLock::try_take(folder->path() / "file" / "lock");
    REQUIRE_FALSE(lock.ok());
    CHECK(lock.error().code != gup::ErrorCode::busy);
}

TEST_CASE("FileLock: no other user can open the file, also one that an older agent made") {
    const auto folder = gup::TemporaryFolder::make();
    REQUIRE(folder.ok());
    for (const char* name : {"new", "old"}) {
        const gup::fs::path path = folder->path() / name;
        if (name == std::string_view("old")) {
            REQUIRE(gup::write_file_atomically(path, "").ok());
            REQUIRE(::chmod(path.c_str(), 0644) == 0);
        }
        const auto lock = gup::FileLock::try_take(path);
        REQUIRE(lock.ok());
        struct stat info {};
        REQUIRE(::stat(path.c_str(), &info) == 0);
        CHECK((info.st_mode & 0777U) == 0600);
    }
}

TEST_CASE("FileLock: a lock of a third user is not waited for" * doctest::skip(::geteuid() != 0)) {
    const auto folder = gup::TemporaryFolder::make();
    REQUIRE(folder.ok());
    const gup::fs::path path = folder->path() / "lock";
    const Holder holder([&] {
        const int fd = ::open(path.c_str(), O_RDONLY | O_CREAT, 0644);
        struct flock lock {};
        lock.l_type = F_RDLCK;
        lock.l_whence = SEEK_SET;
        return ::setuid(65534) == 0 && ::fcntl(fd, F_SETLK, &lock) == 0;
    });
    CHECK(holder.has_it);
    const auto lock = gup::FileLock::try_take(path);
    REQUIRE_FALSE(lock.ok());
    CHECK(lock.error().code == gup::ErrorCode::permission);
    const std::string pid = std::to_string(holder.pid);
    CHECK(lock.error().message.ends_with(" by process " + pid + " of another user, which is not an agent"));
    CHECK(lock.error().hint == "end it: kill " + pid);
}
