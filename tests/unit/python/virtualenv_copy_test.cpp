// SPDX-License-Identifier: Apache-2.0
#include "python/virtualenv_copy.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <array>
#include <chrono>

#include "python/pinned_prefix.hpp"
#include "python/virtualenv_verify.hpp"
#include "virtualenv_fixture.hpp"

namespace gup {

TEST_CASE("copy_virtualenv: files that installers replace are shared, files that name the virtualenv are copied") {
    const SyntheticVirtualenv virtualenv;
    const CopyReport report = virtualenv.make_copy();
    CHECK(virtualenv.is_shared("lib/python3.11/site-packages/one.py"));
    for (const char* own : {"pyvenv.cfg", "bin/activate", "bin/one", record_name}) {
        CHECK_FALSE_MESSAGE(virtualenv.is_shared(own), own);
    }
    CHECK(report.linked == 3);
    CHECK(report.skipped.empty());
}

TEST_CASE("copy_virtualenv: scripts, activate, pyvenv.cfg, .pth and links inside name the copy") {
    const SyntheticVirtualenv virtualenv;
    (void)virtualenv.make_copy();
    const std::string copy = virtualenv.copy.string();
    CHECK(virtualenv.read("bin/one") == "#!" + copy + "/bin/python\nprint(1)\n");
    CHECK(virtualenv.read("bin/activate") == "VIRTUAL_ENV=\"" + copy + "\"\n");
    CHECK(virtualenv.read("pyvenv.cfg").ends_with("-m venv " + copy + "\n"));
    CHECK(virtualenv.read("lib/python3.11/site-packages/src.pth") == copy + "/src/one\n");
    CHECK(fs::read_symlink(virtualenv.copy / "inside") == virtualenv.copy / "lib");
    CHECK(fs::read_symlink(virtualenv.copy / "lib64") == "lib");
    CHECK(fs::read_symlink(virtualenv.copy / "bin/python") == "/usr/bin/python3");
}

TEST_CASE("copy_virtualenv: RECORD has the new hash and size of a script that was rewritten") {
    const SyntheticVirtualenv virtualenv;
    (void)virtualenv.make_copy();
    const auto rows = parse_record(virtualenv.read(record_name));
    const std::string script = virtualenv.read("bin/one");
    REQUIRE(rows.size() == 4);
    CHECK(rows[0] == RecordRow{"../../../bin/one", record_hash(script), std::to_string(script.size())});
    CHECK(rows[1].hash == record_hash("version = 1\n"));
    CHECK(find_incomplete(virtualenv.observed(virtualenv.copy), {}).empty());
}

TEST_CASE("copy_virtualenv: leftovers of an interrupted pip are not copied, pipes and sockets are") {
    const SyntheticVirtualenv virtualenv;
    virtualenv.write("lib/python3.11/site-packages/~ne.py", "old\n");
    REQUIRE(::mkfifo((virtualenv.root / "pipe").c_str(), 0620) == 0);
    REQUIRE(::chmod((virtualenv.root / "pipe").c_str(), 0620) == 0);
    REQUIRE(::mknod((virtualenv.root / "socket").c_str(), S_IFSOCK | 0600, 0) == 0);
    const CopyReport report = virtualenv.make_copy();
    CHECK_FALSE(is_file(virtualenv.copy / "lib/python3.11/site-packages/~ne.py"));
    CHECK(report.skipped.empty());
    struct stat status {};
    REQUIRE(::lstat((virtualenv.copy / "pipe").c_str(), &status) == 0);
    CHECK(status.st_mode == (S_IFIFO | 0620));
    REQUIRE(::lstat((virtualenv.copy / "socket").c_str(), &status) == 0);
    CHECK(status.st_mode == (S_IFSOCK | 0600));
}

TEST_CASE("copy_virtualenv: links that leave the tree are copied and not followed") {
    const SyntheticVirtualenv virtualenv;
    fs::create_directories(virtualenv.folder.path() / "outside/deep");
    fs::create_symlink(virtualenv.folder.path() / "outside", virtualenv.root / "out");
    (void)virtualenv.make_copy();
    CHECK(fs::is_symlink(virtualenv.copy / "out"));
}

TEST_CASE("copy_virtualenv: modes stay, and the original is unchanged") {
    const SyntheticVirtualenv virtualenv;
    fs::permissions(virtualenv.root / "bin/one", fs::perms(0750));
    fs::permissions(virtualenv.site, fs::perms(0700));
    (void)virtualenv.make_copy();
    CHECK(file_info(virtualenv.copy / "bin/one").value()->mode == 0750);
    CHECK(file_info(virtualenv.copy / "lib/python3.11/site-packages").value()->mode == 0700);
    CHECK(read_file(virtualenv.root / "bin/one").value() == virtualenv.script());
    CHECK_FALSE(is_file(virtualenv.site / "zzz_gup_generation.pth"));
    CHECK(is_file(virtualenv.copy / "lib/python3.11/site-packages/zzz_gup_generation.pth"));
}

TEST_CASE("copy_virtualenv: the report has the number of copied files and bytes") {
    const SyntheticVirtualenv virtualenv;
    const CopyReport before = virtualenv.make_copy();
    fs::remove_all(virtualenv.copy);
    virtualenv.write("bin/plain", "#!/bin/sh\n");
    virtualenv.write("lib/python3.11/site-packages/one-1.0.dist-info/direct_url.json",
                     "{\"url\": \"file://" + virtualenv.root.string() + "/src\"}");
    const CopyReport report = virtualenv.make_copy();
    CHECK(report.linked == before.linked);
    CHECK(report.copied == before.copied + 2);
    const std::string direct = virtualenv.read("lib/python3.11/site-packages/one-1.0.dist-info/direct_url.json");
    CHECK(direct == "{\"url\": \"file://" + virtualenv.copy.string() + "/src\"}");
    CHECK(report.bytes == before.bytes + 10 + direct.size());
}

TEST_CASE("copy_virtualenv: the other names of the original become the copy's path, too") {
    const SyntheticVirtualenv virtualenv;
    virtualenv.write("bin/one", "#!/srv/.pyenv/one/bin/python\n");
    virtualenv.write("pyvenv.cfg", "home = /usr/bin\ncommand = venv /srv/.pyenv/one and /srv/.pyenv/one2\n");
    REQUIRE(copy_virtualenv({virtualenv.root, virtualenv.copy, {"/srv/.pyenv/one"}}).ok());
    CHECK(virtualenv.read("bin/one") == "#!" + virtualenv.copy.string() + "/bin/python\n");
    CHECK(virtualenv.read("pyvenv.cfg") ==
          "home = /usr/bin\ncommand = venv " + virtualenv.copy.string() + " and /srv/.pyenv/one2\n");
}

TEST_CASE("copy_virtualenv: RECORD has the copy's path for rows that old pips wrote with an absolute one") {
    const SyntheticVirtualenv virtualenv;
    virtualenv.write(record_name, virtualenv.root.string() + "/bin/one," + record_hash(virtualenv.script()) +
                                      ",1\n../../../bin/activate,,\none-1.0.dist-info/RECORD,,\n");
    (void)virtualenv.make_copy();
    const auto rows = parse_record(virtualenv.read(record_name));
    const std::string script = virtualenv.read("bin/one");
    REQUIRE(rows.size() == 3);
    CHECK(rows[0] ==
          RecordRow{virtualenv.copy.string() + "/bin/one", record_hash(script), std::to_string(script.size())});
    CHECK(rows[1] == RecordRow{"../../../bin/activate", "", ""});
}

TEST_CASE("copy_virtualenv: a copy keeps its time, a module that was rewritten does not") {
    const SyntheticVirtualenv virtualenv;
    const std::string finder = "lib/python3.11/site-packages/__editable___one_finder.py";
    virtualenv.write("bin/plain", "#!/bin/sh\n");
    virtualenv.write(finder, "MAPPING = {'one': '" + virtualenv.root.string() + "/src'}\n");
    const auto old = fs::file_time_type::clock::now() - std::chrono::hours{1000};
    for (const std::string& name : {std::string("bin/plain"), std::string("bin/one"), finder})
        fs::last_write_time(virtualenv.root / name, old);
    (void)virtualenv.make_copy();
    CHECK(fs::last_write_time(virtualenv.copy / "bin/plain") == old);
    CHECK(fs::last_write_time(virtualenv.copy / "bin/one") == old);
    CHECK(fs::last_write_time(virtualenv.copy / finder) > old + std::chrono::hours{1});
}

TEST_CASE("copy_virtualenv: a text that is too long to name the virtualenv is copied as it is") {
    const SyntheticVirtualenv virtualenv;
    const std::string head = "#!" + virtualenv.root.string() + "/bin/python\n";
    const auto tool = [&](std::size_t size) { return head + std::string(size - head.size(), 'x'); };
    constexpr std::size_t longest = 4U << 20U;
    virtualenv.write("bin/text", tool(longest));
    virtualenv.write("bin/program", tool(longest + 1));
    (void)virtualenv.make_copy();
    CHECK(virtualenv.read("bin/text").starts_with("#!" + virtualenv.copy.string()));
    CHECK(virtualenv.read("bin/program") == tool(longest + 1));
}

TEST_CASE("copy_virtualenv: a virtualenv's folders are nested a hundred deep at most") {
    const SyntheticVirtualenv virtualenv;
    std::string deep = "share";
    for (int i = 1; i < 100; ++i) deep += "/d";
    fs::create_directories(virtualenv.root / deep);
    (void)virtualenv.make_copy();
    CHECK(is_folder(virtualenv.copy / deep));
    fs::remove_all(virtualenv.copy);
    fs::create_directories(virtualenv.root / deep / "d");
    CHECK(copy_virtualenv({virtualenv.root, virtualenv.copy, {}}).error().code == ErrorCode::unsupported);
}

TEST_CASE("copy_virtualenv: a link in the original's place is not followed") {
    const SyntheticVirtualenv virtualenv;
    fs::create_directory_symlink(virtualenv.root, virtualenv.folder.path() / "link");
    CHECK_FALSE(copy_virtualenv({virtualenv.folder.path() / "link", virtualenv.copy, {}}).ok());
    CHECK_FALSE(copy_virtualenv({virtualenv.folder.path() / "none", virtualenv.copy, {}}).ok());
    CHECK_FALSE(is_there(virtualenv.copy));
}

TEST_CASE("pin_prefix: once for each site-packages, and a changed file is corrected") {
    const SyntheticVirtualenv virtualenv;
    REQUIRE(pin_prefix(virtualenv.root).ok());
    const fs::path file = virtualenv.site / "zzz_gup_generation.pth";
    const std::string text = read_file(file).value();
    const auto inode = file_info(file).value()->inode;
    REQUIRE(pin_prefix(virtualenv.root).ok());
    CHECK(file_info(file).value()->inode == inode);
    REQUIRE(write_file_atomically(file, "import site\n").ok());
    REQUIRE(pin_prefix(virtualenv.root).ok());
    CHECK(read_file(file).value() == text);
    CHECK(pin_prefix(virtualenv.folder.path() / "none").ok());
}

TEST_CASE("copy_virtualenv: fails if the target exists") {
    const SyntheticVirtualenv virtualenv;
    fs::create_directories(virtualenv.copy);
    CHECK_FALSE(copy_virtualenv({virtualenv.root, virtualenv.copy, {}}).ok());
}

TEST_CASE("measure_virtualenv_copy: folders and unshared files in whole blocks; everything on another disk") {
    const SyntheticVirtualenv virtualenv;
    const auto near = [&] { return measure_virtualenv_copy(virtualenv.root, virtualenv.folder.path()).value(); };
    const auto far = [&] { return measure_virtualenv_copy(virtualenv.root, "/proc").value(); };
    // Folders: the virtualenv, bin, lib, python3.11, site-packages, dist-info. Copied: bin/python, activate, one,
    // pyvenv.cfg, src.pth, RECORD. Shared: one.py, METADATA, INSTALLER, and two links.
    const DiskNeed first_near = near();
    const DiskNeed first_far = far();
    CHECK(first_near.files == 12);
    CHECK(first_near.bytes == 12 * 4096);
    CHECK(first_far.files == 17);
    CHECK(first_far.bytes == 17 * 4096);

    virtualenv.write("lib/python3.11/site-packages/big.bin", std::string(8193, 'x'));
    CHECK(near().bytes == first_near.bytes);
    CHECK(near().files == first_near.files);
    CHECK(far().bytes == first_far.bytes + 3 * 4096);
    CHECK(far().files == first_far.files + 1);

    virtualenv.write("bin/tool", std::string(4096, 'x'));
    CHECK(near().bytes == first_near.bytes + 4096);
    CHECK(near().files == first_near.files + 1);

    virtualenv.write("lib/python3.11/site-packages/~old.pth", "x");
    fs::create_directories(virtualenv.root / "share");
    CHECK(near().bytes == first_near.bytes + 2 * 4096);
    CHECK(near().files == first_near.files + 2);
}

TEST_CASE("measure_virtualenv_copy: fails when one of the two is missing") {
    const SyntheticVirtualenv virtualenv;
    const auto none = measure_virtualenv_copy(virtualenv.copy, virtualenv.folder.path());
    CHECK(none.error().code == ErrorCode::not_found);
    CHECK(none.error().message.find(virtualenv.copy.string()) != std::string::npos);
    CHECK(measure_virtualenv_copy(virtualenv.root, virtualenv.copy).error().code == ErrorCode::not_found);
}

namespace {

struct stat details_of(const fs::path& path) {
    struct stat status {};
    REQUIRE(::lstat(path.c_str(), &status) == 0);
    return status;
}

}  // namespace

TEST_CASE("copy_virtualenv: everything that cp -a keeps of a file that is really copied, and of folders") {
    const SyntheticVirtualenv virtualenv;
    const fs::path program = virtualenv.root / "bin/program";
    virtualenv.write("bin/program",
                     "\x7f"
                     "ELF, say\n");
    fs::create_hard_link(program, virtualenv.root / "bin/same");
    fs::create_directories(virtualenv.root / "share/empty");
    REQUIRE(::chmod(program.c_str(), 04755) == 0);
    REQUIRE(::chmod((virtualenv.root / "share/empty").c_str(), 03770) == 0);
    const bool has_attributes = ::setxattr(program.c_str(), "user.gup", "1", 1, 0) == 0;
    if (has_attributes) REQUIRE(::setxattr((virtualenv.root / "share").c_str(), "user.gup", "2", 1, 0) == 0);
    constexpr std::array<timespec, 2> old{timespec{1'000'000'000, 5}, timespec{1'100'000'000, 7}};
    for (const char* name : {"bin/program", "bin/activate", "bin/one", "share/empty", "share", "inside"}) {
        REQUIRE(::utimensat(AT_FDCWD, (virtualenv.root / name).c_str(), old.data(), AT_SYMLINK_NOFOLLOW) == 0);
    }
    (void)virtualenv.make_copy();
    for (const char* name : {"bin/program", "bin/activate", "bin/one", "share/empty", "share", "inside"}) {
        CAPTURE(name);
        const struct stat here = details_of(virtualenv.root / name);
        const struct stat there = details_of(virtualenv.copy / name);
        CHECK(there.st_mode == here.st_mode);
        CHECK(there.st_mtim.tv_sec == here.st_mtim.tv_sec);
        CHECK(there.st_mtim.tv_nsec == here.st_mtim.tv_nsec);
    }
    CHECK_FALSE(virtualenv.is_shared("bin/program"));
    CHECK(details_of(virtualenv.copy / "bin/same").st_ino == details_of(virtualenv.copy / "bin/program").st_ino);
    if (!has_attributes) return;
    char value = 0;
    CHECK(::getxattr((virtualenv.copy / "bin/program").c_str(), "user.gup", &value, 1) == 1);
    CHECK(::getxattr((virtualenv.copy / "share").c_str(), "user.gup", &value, 1) == 1);
    CHECK(value == '2');
}

TEST_CASE("copy_virtualenv: relative links and lines of .pth files that leave it lead to the same place") {
    const SyntheticVirtualenv virtualenv;
    const fs::path outside = virtualenv.folder.path() / "outside";
    fs::create_directories(outside / "pkg");
    fs::create_directories(virtualenv.folder.path() / "deep/er");
    fs::create_symlink("../../../../outside/pkg", virtualenv.site / "pkg");
    fs::create_symlink("../../outside/tool", virtualenv.root / "bin/tool");  // dangling
    fs::create_symlink("../lib", virtualenv.root / "bin/own");
    fs::create_symlink("../../venv/lib", virtualenv.root / "bin/back");
    virtualenv.write("lib/python3.11/site-packages/common.pth",
                     "# ../x\nimport os\n../../../../outside/pkg\n./one.egg\n" + outside.string() + "\n");
    const fs::path copy = virtualenv.folder.path() / "deep/er/copy";
    REQUIRE(copy_virtualenv({virtualenv.root, copy, {}}).ok());
    const fs::path site = copy / "lib/python3.11/site-packages";
    CHECK(fs::canonical(site / "pkg") == fs::canonical(outside / "pkg"));
    CHECK(fs::read_symlink(copy / "bin/tool") == "../../../../outside/tool");
    CHECK(fs::read_symlink(copy / "bin/own") == "../lib");
    CHECK(fs::canonical(copy / "bin/back") == fs::canonical(copy / "lib"));
    CHECK(read_file(site / "common.pth").value() ==
          "# ../x\nimport os\n" + (outside / "pkg").string() + "\n./one.egg\n" + outside.string() + "\n");
}

}  // namespace gup
