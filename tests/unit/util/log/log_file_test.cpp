// SPDX-License-Identifier: Apache-2.0
#include "util/log/log_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>
#include <thread>

#include "fixture.hpp"
#include "util/sys/directory.hpp"
#include "util/sys/symlink.hpp"

namespace gup {
namespace {

using log::LogFile;
using test::Folder;
using test::put;

constexpr LogFile::Limits limits{100, 2};

std::string line(int number) {
    return std::string(40, 'x') + " " + std::to_string(number) + "\n";
}

// Writes so many lines, as processes that each write one would.
void write_lines(const fs::path& path, int count) {
    for (int number = 0; number < count; ++number) {
        auto file = LogFile::open(path, limits);
        REQUIRE(file.ok());
        CHECK(file->write(line(number)).ok());
        CHECK_FALSE(file->take_problem());
    }
}

std::string names_in(const fs::path& folder) {
    std::string all;
    const auto names = list_folder(folder);
    for (const std::string& name : names.value()) all += name + " ";
    return all;
}

std::string last_of(const fs::path& file) {
    const std::string text = read_file(file).value_or("");
    return text.substr(text.rfind(' ') + 1);
}

}  // namespace

TEST_CASE("LogFile: a plain file is rotated, and keeps its mode") {
    const Folder folder;
    put(folder / "gup.log", "");
    ::chmod((folder / "gup.log").c_str(), 0640);
    write_lines(folder / "gup.log", 9);
    CHECK(names_in(folder.folder.path()) == "gup.1.log gup.2.log gup.log ");
    CHECK(file_info(folder / "gup.log").value()->mode == 0640);
    CHECK(last_of(folder / "gup.log") == "8\n");
}

TEST_CASE("LogFile: a link stays, and what it leads to is rotated in its own folder") {
    for (const char* target : {"../disk/gup.log", "second"}) {
        CAPTURE(target);
        const Folder folder;
        fs::create_directories(folder / "card");
        fs::create_directories(folder / "disk");
        fs::create_symlink(target, folder / "card/gup.log");
        fs::create_symlink("../disk/gup.log", folder / "card/second");  // a chain
        write_lines(folder / "card/gup.log", 9);
        CHECK(names_in(folder / "card") == "gup.log second ");
        CHECK(link_text(folder / "card/gup.log") == target);
        CHECK(names_in(folder / "disk") == "gup.1.log gup.2.log gup.log ");
        CHECK(last_of(folder / "disk/gup.log") == "8\n");
    }
}

TEST_CASE("LogFile: a link whose folder is missing is an error, and nothing is made") {
    const Folder folder;
    fs::create_symlink("unmounted/gup.log", folder / "gup.log");
    CHECK(test::code_of(LogFile::open(folder / "gup.log", limits)) == ErrorCode::not_found);
    CHECK(names_in(folder.folder.path()) == "gup.log ");
}

TEST_CASE("LogFile: what the kernel's links lead to is appended to, and never renamed") {
    const Folder folder;
    const UniqueFd out(::open((folder / "out").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
    REQUIRE(out.valid());
    const std::string number = std::to_string(out.get());
    fs::create_symlink("/dev/fd/" + number, folder / "gup.log");  // as images do with /dev/stdout
    const fs::path ways[] = {"/dev/fd/" + number, "/proc/self/fd/" + number,
                             "/proc/" + std::to_string(::getpid()) + "/fd/" + number, folder / "gup.log"};
    for (const fs::path& way : ways) {
        CAPTURE(way.string());
        CHECK_FALSE(followed(way));
        write_lines(way, 9);
    }
    CHECK(names_in(folder.folder.path()) == "gup.log out ");
    CHECK(read_file(folder / "out").value().size() == 4 * 9 * line(0).size());
}

TEST_CASE("LogFile: a pipe and a device are written, and never renamed") {
    const Folder folder;
    REQUIRE(::mkfifo((folder / "pipe").c_str(), 0600) == 0);
    CHECK_FALSE(LogFile::open(folder / "pipe", limits).ok());  // nobody reads, and the agent does not wait
    const UniqueFd reader(::open((folder / "pipe").c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
    write_lines(folder / "pipe", 9);
    CHECK(names_in(folder.folder.path()) == "pipe ");
    auto file = LogFile::open(folder / "pipe", limits);
    REQUIRE(file.ok());
    std::thread slow([&] {
        std::string taken(1U << 20U, ' ');
        for (int tries = 0; tries < 200; ++tries) {
            ::usleep(2'000);
            (void)!::read(reader.get(), taken.data(), taken.size());
        }
    });
    CHECK(file->write(std::string(300'000, 'x') + "\n").ok());  // more than a pipe takes at once
    slow.join();
    write_lines("/dev/null", 9);
    CHECK_FALSE(is_there("/dev/null.1"));
}

TEST_CASE("LogFile: a hard-linked log is emptied, so that its other name has the new lines, too") {
    const Folder folder;
    put(folder / "gup.log", "");
    fs::create_directories(folder / "other");
    fs::create_hard_link(folder / "gup.log", folder / "other/name.log");
    write_lines(folder / "gup.log", 9);
    CHECK(names_in(folder.folder.path()) == "gup.1.log gup.2.log gup.log other ");
    CHECK(fs::hard_link_count(folder / "gup.log") == 2);
    CHECK(last_of(folder / "other/name.log") == "8\n");
    CHECK(last_of(folder / "gup.1.log") == "7\n");
}

TEST_CASE("LogFile: where it cannot be rotated it grows, and nothing is lost") {
    const Folder folder;
    put(folder / "gup.log", "");
    fs::create_directories(folder / "gup.1.log/not/a/file");
    auto file = LogFile::open(folder / "gup.log", {100, 1});
    REQUIRE(file.ok());
    for (int number = 0; number < 9; ++number) CHECK(file->write(line(number)).ok());
    const auto problem = file->take_problem();
    REQUIRE(problem);
    CHECK(test::holds(problem->message, "cannot rename " + (folder / "gup.log").native()));
    CHECK_FALSE(file->take_problem());
    CHECK(read_file(folder / "gup.log").value().size() == 9 * line(0).size());
}

TEST_CASE("LogFile: is_in_place sees that another file has its name") {
    const Folder folder;
    auto file = LogFile::open(folder / "gup.log", limits);
    REQUIRE(file.ok());
    CHECK(file->is_in_place());
    fs::rename(folder / "gup.log", folder / "moved");
    CHECK_FALSE(file->is_in_place());
    put(folder / "gup.log", "");
    CHECK_FALSE(file->is_in_place());
}

TEST_CASE("followed: a link of another user is not followed") {
    const Folder folder;
    fs::create_symlink("there", folder / "link");
    CHECK(followed(folder / "link") == std::optional<fs::path>(folder / "there"));
    fs::create_symlink("circle", folder / "circle");
    CHECK_FALSE(followed(folder / "circle"));
    if (::geteuid() != 0) return;
    REQUIRE(::lchown((folder / "link").c_str(), 4242, 4242) == 0);
    CHECK_FALSE(followed(folder / "link"));
}

}  // namespace gup
