// SPDX-License-Identifier: Apache-2.0
#include "util/sys/copy_content.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fixture.hpp"

using namespace gup;
using gup::test::Folder;

namespace {

struct Copied {
    std::string content;
    off_t size = 0;
    blkcnt_t blocks = 0;
};

Copied copy(const fs::path& path) {
    const fs::path made = path.string() + ".copy";
    const UniqueFd from(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    const UniqueFd to(::open(made.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    const Status done = copy_content(from, path, to, made);
    REQUIRE_MESSAGE(done.ok(), (done.ok() ? std::string() : done.error().message));
    struct stat status {};
    REQUIRE(::stat(made.c_str(), &status) == 0);
    return {status.st_size < (1 << 20) ? read_file(made).value() : std::string(), status.st_size, status.st_blocks};
}

}  // namespace

TEST_CASE("copy_content: all bytes, of an empty file too") {
    const Folder folder;
    for (const std::string& text : {std::string(), std::string("abc"), std::string(200'000, 'x')}) {
        REQUIRE(write_file_atomically(folder / "file", text).ok());
        CHECK(copy(folder / "file").content == text);
    }
}

TEST_CASE("copy_content: a hole stays a hole, between data and at the end") {
    const Folder folder;
    constexpr off_t size = off_t{6} << 30;
    REQUIRE(write_file_atomically(folder / "file", "begin").ok());
    const UniqueFd file(::open((folder / "file").c_str(), O_WRONLY | O_CLOEXEC));
    REQUIRE(::pwrite(file.get(), "middle", 6, size / 2) == 6);
    REQUIRE(::ftruncate(file.get(), size) == 0);
    const Copied copied = copy(folder / "file");
    CHECK(copied.size == size);
    CHECK(copied.blocks < 1024);
    std::string middle(6, ' ');
    const UniqueFd made(::open((folder / "file.copy").c_str(), O_RDONLY | O_CLOEXEC));
    REQUIRE(::pread(made.get(), middle.data(), middle.size(), size / 2) == 6);
    CHECK(middle == "middle");
}
