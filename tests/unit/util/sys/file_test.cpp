// SPDX-License-Identifier: Apache-2.0
#include "util/sys/file.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <string>

#include "fixture.hpp"
#include "util/sys/directory.hpp"

using gup::ErrorCode;
using gup::FileKind;
using gup::test::Folder;
namespace fs = gup::fs;

namespace {

void write_whole(const fs::path& path, std::string_view content) {
    REQUIRE(gup::write_file_atomically(path, content).ok());
}

std::string text_of(const fs::path& path) {
    return gup::read_file(path).value_or("(unreadable)");
}

std::uint32_t mode_of(const fs::path& path) {
    const auto info = gup::file_info(path);
    REQUIRE(info.ok());
    REQUIRE(info.value());
    return info.value()->mode;
}

}  // namespace

TEST_CASE("is_real_folder, is_there: a link exists, but is not a folder itself") {
    const Folder folder;
    REQUIRE(::mkdir((folder / "real").c_str(), 0755) == 0);
    fs::create_symlink("real", folder / "link");
    fs::create_symlink("nowhere", folder / "broken");
    CHECK(gup::is_real_folder(folder / "real"));
    CHECK_FALSE(gup::is_real_folder(folder / "link"));
    CHECK_FALSE(gup::is_real_folder(folder / "missing"));
    for (const char* name : {"real", "link", "broken"}) CHECK(gup::is_there(folder / name));
    CHECK_FALSE(gup::is_there(folder / "missing"));
}

TEST_CASE("is_executable: a file that may be executed, and nothing else") {
    const Folder folder;
    write_whole(folder / "program", "#!/bin/sh\n");
    CHECK_FALSE(gup::is_executable(folder / "program"));
    REQUIRE(::chmod((folder / "program").c_str(), 0755) == 0);
    CHECK(gup::is_executable(folder / "program"));
    CHECK_FALSE(gup::is_executable(folder.folder.path()));
    CHECK_FALSE(gup::is_executable(""));
}

TEST_CASE("UniqueFd: closes at the end, and gives away when moved") {
    int raw = -1;
    {
        gup::UniqueFd first(::open("/dev/null", O_RDONLY | O_CLOEXEC));
        raw = first.get();
        gup::UniqueFd second(std::move(first));
        CHECK(second.get() == raw);
        CHECK(::fcntl(raw, F_GETFD) != -1);
    }
    CHECK(::fcntl(raw, F_GETFD) == -1);
}

TEST_CASE("file_info: kind, size, mode and a time in nanoseconds") {
    const Folder folder;
    write_whole(folder / "file", "12345");
    const timespec times[2] = {{4102444800, 1}, {4102444800, 987654321}};  // 2100: more than 32 bits
    REQUIRE(::utimensat(AT_FDCWD, (folder / "file").c_str(), times, 0) == 0);
    const auto info = gup::file_info(folder / "file");
    REQUIRE(info.ok());
    REQUIRE(info.value());
    CHECK(info.value()->kind == FileKind::regular);
    CHECK(info.value()->size == 5);
    CHECK(info.value()->mode == 0644);
    CHECK(info.value()->owner == ::geteuid());
    CHECK(info.value()->modified_ns == 4'102'444'800'987'654'321);
}

TEST_CASE("file_info: links are followed or not, and a missing file is not an error") {
    const Folder folder;
    write_whole(folder / "file", "");
    fs::create_symlink("file", folder / "link");
    fs::create_symlink("nowhere", folder / "dangling");
    CHECK(gup::file_info(folder / "link").value()->kind == FileKind::regular);
    CHECK(gup::file_info(folder / "link", gup::Follow::no).value()->kind == FileKind::link);
    CHECK_FALSE(gup::file_info(folder / "dangling").value().has_value());
    CHECK_FALSE(gup::file_info(folder / "missing").value().has_value());
    CHECK_FALSE(gup::file_info(folder / "file" / "below").value().has_value());
    CHECK_FALSE(gup::file_info(folder / std::string(5000, 'x').c_str()).ok());
}

TEST_CASE("is_file, is_folder: links are followed") {
    const Folder folder;
    write_whole(folder / "file", "");
    fs::create_symlink("file", folder / "link");
    CHECK(gup::is_file(folder / "link"));
    CHECK_FALSE(gup::is_folder(folder / "link"));
    CHECK(gup::is_folder(folder.folder.path()));
    CHECK_FALSE(gup::is_file(folder.folder.path()));
    CHECK_FALSE(gup::is_file(folder / "missing"));
}

TEST_CASE("read_file: whole content, binary and empty and without a known size too") {
    const Folder folder;
    std::string content(100'000, 'a');
    content[77] = '\0';
    write_whole(folder / "file", content);
    write_whole(folder / "empty", "");
    CHECK(text_of(folder / "file") == content);
    CHECK(text_of(folder / "empty").empty());
    CHECK(text_of("/proc/self/status").find("VmRSS") != std::string::npos);
}

TEST_CASE("read_file: names a missing, too long or irregular file") {
    const Folder folder;
    write_whole(folder / "file", "12345");
    REQUIRE(::mkfifo((folder / "pipe").c_str(), 0600) == 0);
    CHECK(gup::read_file(folder / "missing").error().code == ErrorCode::not_found);
    CHECK(gup::read_file(folder / "missing").error().message.find("missing") != std::string::npos);
    CHECK(gup::read_file(folder / "file", 4).error().code == ErrorCode::invalid_input);
    CHECK(gup::read_file(folder / "file", 5).ok());
    CHECK_FALSE(gup::read_file(folder.folder.path()).ok());
    CHECK_FALSE(gup::read_file(folder / "pipe").ok());
}

TEST_CASE("write_file_atomically: a new file gets the mode, an existing one keeps its own") {
    const Folder folder;
    REQUIRE(gup::write_file_atomically(folder / "new", "a", 0600).ok());
    CHECK(mode_of(folder / "new") == 0600);
    REQUIRE(::chmod((folder / "new").c_str(), 0751) == 0);
    REQUIRE(gup::write_file_atomically(folder / "new", "b", 0600).ok());
    CHECK(mode_of(folder / "new") == 0751);
    CHECK(text_of(folder / "new") == "b");
    CHECK(gup::list_folder(folder.folder.path()).value() == std::vector<std::string>{"new"});
}

TEST_CASE("write_file_atomically: a reader of the old file keeps the old content") {
    const Folder folder;
    write_whole(folder / "file", "old");
    const gup::UniqueFd reader(::open((folder / "file").c_str(), O_RDONLY | O_CLOEXEC));
    write_whole(folder / "file", "new");
    char buffer[8] = {};
    CHECK(::read(reader.get(), buffer, sizeof buffer) == 3);
    CHECK(std::string(buffer) == "old");
}

TEST_CASE("write_file_atomically: errors leave nothing behind") {
    const Folder folder;
    REQUIRE(gup::make_folders(folder / "target" / "x").ok());
    CHECK_FALSE(gup::write_file_atomically(folder / "target", "x").ok());
    CHECK_FALSE(gup::write_file_atomically(folder / "missing" / "file", "x").ok());
    CHECK(gup::list_folder(folder.folder.path()).value() == std::vector<std::string>{"target"});
}

TEST_CASE("write_file_atomically: a full disk leaves the old content, and nothing else") {
    const Folder folder;
    const fs::path disk = folder / "disk";
    REQUIRE(gup::make_folders(disk).ok());
    if (::mount("tmpfs", disk.c_str(), "tmpfs", 0, "size=64k") != 0) {
        MESSAGE("skipped: no tmpfs can be mounted here: ", std::strerror(errno));
        return;
    }
    const gup::Status first = gup::write_file_atomically(disk / "file", "old");
    const gup::Status second = gup::write_file_atomically(disk / "file", std::string(1U << 20U, 'x'));
    const std::string content = text_of(disk / "file");
    const auto names = gup::list_folder(disk).value();
    ::umount(disk.c_str());
    CHECK(first.ok());
    REQUIRE_FALSE(second.ok());
    CHECK(second.error().code == ErrorCode::no_space);
    CHECK(content == "old");
    CHECK(names == std::vector<std::string>{"file"});
}

TEST_CASE("write_file_atomically: after a kill at any moment the file is complete, and a sweep removes leftovers") {
    const Folder folder;
    const std::string old_content(1U << 16U, 'o');
    const std::string new_content(1U << 16U, 'n');
    write_whole(folder / "file", old_content);
    for (int round = 0; round < 20; ++round) {
        int ready[2];
        REQUIRE(::pipe(ready) == 0);
        const pid_t pid = ::fork();
        if (pid == 0) {
            for (;;) {
                (void)gup::write_file_atomically(folder / "file", new_content);
                (void)!::write(ready[1], "x", 1);
                (void)gup::write_file_atomically(folder / "file", old_content);
            }
        }
        char byte = 0;
        REQUIRE(::read(ready[0], &byte, 1) == 1);
        ::usleep(static_cast<useconds_t>(round * 137));  // another moment in each round
        ::kill(pid, SIGKILL);
        ::waitpid(pid, nullptr, 0);
        ::close(ready[0]);
        ::close(ready[1]);
        const std::string content = text_of(folder / "file");
        CHECK((content == old_content || content == new_content));
        gup::sweep_temporary_files(folder.folder.path());
        CHECK(gup::list_folder(folder.folder.path()).value() == std::vector<std::string>{"file"});
    }
}

TEST_CASE("sweep_temporary_files: removes only leftovers of a killed write") {
    const Folder folder;
    write_whole(folder / "file", "");
    write_whole(folder / ".hidden", "");
    for (const char* name : {".gup-tmp-1-0", ".gup-tmp-999999-3"}) {
        const gup::UniqueFd left(::open((folder / name).c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
        REQUIRE(left.valid());
    }
    gup::sweep_temporary_files(folder.folder.path());
    CHECK(gup::list_folder(folder.folder.path()).value() == std::vector<std::string>{".hidden", "file"});
    gup::sweep_temporary_files(folder / "missing");
}

TEST_CASE("sweep_temporary_files: does not disturb an active write of another process") {
    const Folder folder;
    int stop[2];
    REQUIRE(::pipe(stop) == 0);
    const pid_t pid = ::fork();
    if (pid == 0) {
        ::close(stop[1]);
        ::fcntl(stop[0], F_SETFL, O_NONBLOCK);
        char byte = 0;
        while (::read(stop[0], &byte, 1) < 0) {
            if (!gup::write_file_atomically(folder / "file", "content").ok()) ::_exit(1);
        }
        ::_exit(0);
    }
    ::close(stop[0]);
    for (int round = 0; round < 2000; ++round) gup::sweep_temporary_files(folder.folder.path());
    ::close(stop[1]);
    int status = 0;
    REQUIRE(::waitpid(pid, &status, 0) == pid);
    CHECK(status == 0);
}

TEST_CASE("make_folders: creates all missing folders, and may be called twice") {
    const Folder folder;
    CHECK(gup::make_folders(folder / "a/b/c").ok());
    CHECK(gup::make_folders(folder / "a/b/c/").ok());
    CHECK(gup::is_folder(folder / "a/b/c"));
    CHECK(gup::make_folders("").ok());
    write_whole(folder / "file", "");
    CHECK_FALSE(gup::make_folders(folder / "file/x").ok());
    CHECK_FALSE(gup::make_folders(folder / "file").ok());
}

TEST_CASE("sync_folder, sync_file_system: succeed for existing paths, and fail for missing ones") {
    const Folder folder;
    CHECK(gup::sync_folder(folder.folder.path()).ok());
    CHECK(gup::sync_file_system(folder.folder.path()).ok());
    CHECK_FALSE(gup::sync_folder(folder / "missing").ok());
    CHECK_FALSE(gup::sync_file_system(folder / "missing").ok());
}

TEST_CASE("list_folder: sorted bytewise, hidden names too") {
    const Folder folder;
    for (const char* name : {"b", "a", "B", ".c"}) write_whole(folder / name, "");
    CHECK(gup::list_folder(folder.folder.path()).value() == std::vector<std::string>{".c", "B", "a", "b"});
    CHECK(gup::list_folder(folder / "missing").error().code == ErrorCode::not_found);
}

TEST_CASE("remove_tree: removes everything below, and links but not their targets") {
    const Folder folder;
    write_whole(folder / "outside", "kept");
    REQUIRE(gup::make_folders(folder / "kept").ok());
    write_whole(folder / "kept/file", "kept");
    REQUIRE(gup::make_folders(folder / "tree/a/b").ok());
    write_whole(folder / "tree/a/b/file", "");
    fs::create_symlink("../outside", folder / "tree/link");
    fs::create_symlink("../kept", folder / "tree/link-to-folder");
    CHECK(gup::remove_tree(folder / "tree").ok());
    CHECK(gup::list_folder(folder.folder.path()).value() == std::vector<std::string>{"kept", "outside"});
    CHECK(text_of(folder / "kept/file") == "kept");
}

TEST_CASE("remove_tree: a link itself, a file, and nothing at all") {
    const Folder folder;
    write_whole(folder / "file", "");
    REQUIRE(gup::make_folders(folder / "kept").ok());
    fs::create_symlink("kept", folder / "link");
    CHECK(gup::remove_tree(folder / "link").ok());
    CHECK(gup::is_folder(folder / "kept"));
    CHECK(gup::remove_tree(folder / "file/below").ok());
    CHECK(gup::remove_tree(folder / "file").ok());
    CHECK(gup::remove_tree(folder / "missing").ok());
    CHECK(gup::list_folder(folder.folder.path()).value() == std::vector<std::string>{"kept"});
}

TEST_CASE("remove_tree: removes our folder without write permission, too") {
    const Folder folder;
    // Root may write everywhere, so another user does it; the id needs no account.
    constexpr uid_t somebody = 54321;
    if (::geteuid() == 0) {
        REQUIRE(::chown(folder.folder.path().c_str(), somebody, somebody) == 0);
    }
    const pid_t pid = ::fork();
    if (pid == 0) {
        if (::geteuid() == 0 && (::setgid(somebody) != 0 || ::setuid(somebody) != 0)) ::_exit(2);
        if (!gup::make_folders(folder / "tree/locked/inner").ok()) ::_exit(3);
        ::chmod((folder / "tree/locked/inner").c_str(), 0);
        ::chmod((folder / "tree/locked").c_str(), 0500);
        ::_exit(gup::remove_tree(folder / "tree").ok() ? 0 : 4);
    }
    int status = 0;
    REQUIRE(::waitpid(pid, &status, 0) == pid);
    CHECK(WEXITSTATUS(status) == 0);
    CHECK(gup::list_folder(folder.folder.path()).value().empty());
}

TEST_CASE("TemporaryFolder: private, removed at the end with all in it, and moved as a whole") {
    const Folder folder;
    fs::path path;
    {
        auto made = gup::TemporaryFolder::make(folder.folder.path());
        REQUIRE(made.ok());
        path = made->path();
        CHECK(path.parent_path() == folder.folder.path());
        CHECK(mode_of(path) == 0700);
        write_whole(path / "file", "");
        const gup::TemporaryFolder moved = std::move(made).value();
        CHECK(moved.path() == path);
        CHECK(gup::is_folder(path));
    }
    CHECK_FALSE(gup::is_folder(path));
    CHECK_FALSE(gup::TemporaryFolder::make(folder / "missing").ok());
}
