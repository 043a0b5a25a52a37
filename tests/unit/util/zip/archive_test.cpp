// SPDX-License-Identifier: Apache-2.0
#include "util/zip/archive.hpp"

#include <sys/stat.h>

#include <string>
#include <vector>

#include "fixture.hpp"
#include "util/sys/directory.hpp"
#include "util/sys/symlink.hpp"
#include "util/zip/entry_names.hpp"
#include "zip_fixture.hpp"

// Hostile bytes in archives are tested end to end (tests/e2e/support/hostile_archives.py).
namespace gup {
namespace {

using test::code_of;
using test::holds;
using test::Packed;
using test::zip_of;

constexpr std::uint32_t program = 0104777;  // setuid, and everybody may write it
constexpr std::uint32_t folder_of_all = 0040777;
constexpr std::uint32_t symbolic_link = 0120777;

fs::path written(const test::Folder& folder, const std::vector<Packed>& files) {
    test::put(folder / "x.zip", zip_of(files));
    return folder / "x.zip";
}

std::uint32_t permissions_of(const fs::path& path) {
    return file_info(path, Follow::no).value()->mode;
}

bool left_out(std::string_view path) {
    return path == ".git" || path.starts_with(".git/");
}

}  // namespace

TEST_CASE("ZipArchive::extract: files, folders and links are written with safe modes, except skipped ones") {
    const test::Folder folder;
    const fs::path file = written(folder, {{"gupfile", "x,1\n"},
                                           {"bin/run", "#!/bin/sh\n", program},
                                           {"empty/", "", folder_of_all},
                                           {"größe", ""},
                                           {"current", "bin/run", symbolic_link},
                                           {".git/config", "secret"}});
    const auto archive = ZipArchive::open(file, {}, {left_out});
    REQUIRE(archive.ok());
    CHECK(archive->contents().files == 4);
    CHECK(archive->contents().folders == 1);
    CHECK(archive->contents().bytes == 4 + 10 + 7);
    const fs::path out = folder / "out";
    fs::create_directory(out);
    const mode_t before = ::umask(022);
    const Status done = archive->extract(out);
    ::umask(before);
    REQUIRE(done.ok());
    CHECK(list_folder(out).value() == std::vector<std::string>{"bin", "current", "empty", "größe", "gupfile"});
    CHECK(read_file(out / "gupfile").value() == "x,1\n");
    CHECK(permissions_of(out / "gupfile") == 0644);
    CHECK(permissions_of(out / "bin/run") == 0755);
    CHECK(permissions_of(out / "empty") == 0755);
    CHECK(link_text(out / "current") == "bin/run");
}

TEST_CASE("ZipArchive::extract: existing files are never written to, even if a file system takes two names as one") {
    const std::vector<Packed> files{{"lib/x", "new"}, {"main.py", "new"}, {"l", "main.py", symbolic_link}};
    const test::Folder folder;
    const fs::path file = written(folder, files);
    const auto extract_over = [&](const fs::path& out) { return code_of(ZipArchive::open(file).value().extract(out)); };
    fs::create_directories(folder / "elsewhere");
    fs::create_directories(folder / "link");
    fs::create_directory_symlink(folder / "elsewhere", folder / "link/lib");
    CHECK(extract_over(folder / "link") == ErrorCode::io);
    CHECK(list_folder(folder / "elsewhere").value().empty());
    fs::create_directories(folder / "folder/lib");
    CHECK(extract_over(folder / "folder") == ErrorCode::io);
    CHECK(list_folder(folder / "folder/lib").value().empty());
    fs::create_directories(folder / "file");
    test::put(folder / "file/main.py", "old");
    CHECK(extract_over(folder / "file") == ErrorCode::io);
    CHECK(read_file(folder / "file/main.py").value() == "old");
    fs::create_directories(folder / "name");
    test::put(folder / "name/l", "old");
    CHECK(extract_over(folder / "name") == ErrorCode::io);
    CHECK(read_file(folder / "name/l").value() == "old");
}

TEST_CASE("ZipArchive::open: more bytes, more files and a higher ratio than allowed are refused") {
    const test::Folder folder;
    const fs::path file = written(folder, {{"a", "12345"}, {"b", "12345"}});
    CHECK(ZipArchive::open(file, {10, 2, 200}).ok());
    CHECK(code_of(ZipArchive::open(file, {9, 2, 200})) == ErrorCode::invalid_input);
    CHECK(code_of(ZipArchive::open(file, {10, 1, 200})) == ErrorCode::invalid_input);
    CHECK(code_of(ZipArchive::open(written(folder, {}))) == ErrorCode::invalid_input);
}

TEST_CASE("ZipArchive::open: the error of another file shows its beginning") {
    const test::Folder folder;
    test::put(folder / "page", "<html>Please log in</html>\nmore");
    const auto page = ZipArchive::open(folder / "page");
    CHECK(code_of(page) == ErrorCode::protocol);
    CHECK(holds(page.error().message, "it begins with '<html>Please log in</html>'"));
    CHECK(code_of(ZipArchive::open(folder / "none")) == ErrorCode::not_found);
}

TEST_CASE("ZipArchive::read: one file's content, or none") {
    const test::Folder folder;
    const fs::path file = written(folder, {{"lib/gupfile", "inner"}, {"gupfile", "outer"}});
    const auto archive = ZipArchive::open(file);
    REQUIRE(archive.ok());
    CHECK(archive->read("gupfile", 5).value() == "outer");
    CHECK(archive->read("gup", 5).value() == std::nullopt);
    CHECK(code_of(archive->read("gupfile", 4)) == ErrorCode::invalid_input);
}

TEST_CASE("without_dots: parts that are only a dot are left out, and nothing dangerous becomes harmless") {
    struct Row {
        const char* name;
        ArchiveKind kind;
        const char* plain;  // nullptr: refused
    };
    constexpr auto file = ArchiveKind::file;
    constexpr auto folder = ArchiveKind::folder;
    const Row rows[] = {
        {"./a", file, "a"},        {"a/./b", file, "a/b"},  {".//a", file, "a"},       {"././a", file, "a"},
        {"./a/.//b", file, "a/b"}, {"a/.", folder, "a"},    {"./a", folder, "a"},      {".a", file, ".a"},
        {"a./b", file, "a./b"},    {"..a", file, "..a"},    {".../a", file, ".../a"},  {".", file, nullptr},
        {"a/.", file, nullptr},    {"./..", file, nullptr}, {"./../a", file, nullptr}, {"a/./../b", file, nullptr},
        {"/a", file, nullptr},     {"/./a", file, nullptr}, {"a//b", file, nullptr},   {"./C:/a", file, nullptr},
        {"./a\\b", file, nullptr}, {"", file, nullptr},     {"./", file, nullptr},
    };
    for (const Row& row : rows) {
        CAPTURE(row.name);
        const std::string plain = without_dots(row.name, row.kind);
        CHECK(check_entry_name(plain).ok() == (row.plain != nullptr));
        if (row.plain != nullptr) CHECK(plain == row.plain);
    }
}

TEST_CASE("ZipArchive::open: names with dots are what other programs take them for") {
    const test::Folder folder;
    const auto paths_of = [&](const std::vector<Packed>& files) -> std::string {
        const auto archive = ZipArchive::open(written(folder, files));
        if (!archive.ok()) return archive.error().message.substr((folder / "x.zip").native().size());
        std::string all;
        for (const std::string& path : archive->paths()) all += path + " ";
        return all;
    };
    CHECK(paths_of({{"./", "", folder_of_all}, {"./gupfile", ""}, {"./lib/", "", folder_of_all}, {"lib/./a.py", ""}}) ==
          "gupfile lib/ lib/a.py ");
    CHECK(paths_of({{".//", "", folder_of_all}, {".//a", ""}}) == "a ");
    CHECK(holds(paths_of({{"./a", ""}, {"a", ""}}), "appears twice"));
    CHECK(holds(paths_of({{"a", ""}, {"./a/b", ""}}), "is below 'a'"));
    CHECK(holds(paths_of({{"/", "", folder_of_all}, {"a", ""}}), "has no name"));
}

TEST_CASE("ZipArchive::open: one folder of it, with paths and links relative to it") {
    const test::Folder folder;
    const fs::path file = written(folder, {{"app-main/", "", folder_of_all},
                                           {"app-main/gupfile", "x,1\n"},
                                           {"app-main/sub/a", "1"},
                                           {"app-main/link", "sub/a", symbolic_link},
                                           {"app-mainx", "2"},
                                           {"other/b", "3"}});
    const auto paths_of = [&](const std::string& name) {
        const auto archive = ZipArchive::open(file, {}, {{}, name});
        std::string all = archive.ok() ? "" : archive.error().message + "; " + archive.error().hint;
        for (const std::string& path : archive.ok() ? archive->paths() : std::vector<std::string>{}) all += path + " ";
        return all;
    };
    CHECK(paths_of("app-main") == "gupfile sub/a link ");
    CHECK(paths_of("app-main/sub") == "a ");
    CHECK(paths_of("other") == "b ");
    for (const char* missing : {"app", "app-mainx", "app-main/gupfile", "app-main/link", "none"}) {
        CAPTURE(missing);
        CHECK(holds(paths_of(missing), std::string("it has no folder ") + missing + "; it has: app-main, other"));
    }
}

TEST_CASE("ArchivePaths: names are compared as bytes") {
    ArchivePaths paths;
    CHECK(paths.add("lib/a", ArchiveKind::file).ok());
    CHECK_FALSE(paths.add("lib/a", ArchiveKind::file).ok());
    for (const char* other : {"lib/A", "Lib/a", "gr\u00f6\u00dfe", "gro\u0308\u00dfe", "lib2/a"}) {
        CAPTURE(other);
        CHECK(paths.add(other, ArchiveKind::file).ok());
    }
}

TEST_CASE("ArchivePaths: a link stays in the folder and goes through no other") {
    ArchivePaths paths;
    REQUIRE(paths.add("lib/deep/file", ArchiveKind::file).ok());
    REQUIRE(paths.add("lib/up", ArchiveKind::link).ok());
    const auto is_fine = [&](std::string_view name, std::string_view text) {
        return paths.check_link(name, text).ok();
    };
    CHECK(is_fine("l", "lib/deep/file"));
    CHECK(is_fine("l", "./lib//deep"));
    CHECK(is_fine("l", "lib/up"));
    CHECK(is_fine("lib/l", "../gupfile"));
    CHECK(is_fine("l", "nowhere"));
    CHECK_FALSE(is_fine("l", ".."));
    CHECK_FALSE(is_fine("lib/l", "../../x"));
    CHECK_FALSE(is_fine("l", "lib/../../x"));
    CHECK_FALSE(is_fine("l", "/etc/passwd"));
    CHECK_FALSE(is_fine("l", "lib/up/x"));
    CHECK_FALSE(is_fine("l", "lib/up/.."));
    CHECK_FALSE(is_fine("l", ""));
    // Another file system may read "LIB" as the link.
    CHECK_FALSE(is_fine("l", "LIB/../gupfile"));
}

}  // namespace gup
