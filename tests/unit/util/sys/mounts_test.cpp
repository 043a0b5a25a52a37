// SPDX-License-Identifier: Apache-2.0
#include "util/sys/mounts.hpp"

#include <doctest/doctest.h>

#include <string>

#include "util/sys/directory.hpp"

namespace gup {
namespace {

class FakeProc {
public:
    explicit FakeProc(const std::string& mounts, const std::string& command_line = "root=/dev/sda1 ro\n")
        : folder_(TemporaryFolder::make().value()) {
        fs::create_directories(folder_.path() / "self");
        REQUIRE(write_file_atomically(folder_.path() / "self/mountinfo", mounts).ok());
        REQUIRE(write_file_atomically(folder_.path() / "cmdline", command_line).ok());
    }
    [[nodiscard]] std::optional<MemoryPlace> look(const fs::path& path) const {
        return memory_place(path, folder_.path());
    }

private:
    TemporaryFolder folder_;
};

constexpr const char* disk = "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n";
constexpr const char* shm = "30 22 0:25 / /dev/shm rw,nosuid shared:4 - tmpfs tmpfs rw\n";

}  // namespace

TEST_CASE("memory_place: a disk is none, a tmpfs is one that somebody chose") {
    const FakeProc proc(std::string(disk) + shm);
    CHECK_FALSE(proc.look("/srv/connectors"));
    CHECK_FALSE(proc.look("/dev/shm-not"));
    const auto place = proc.look("/dev/shm/x");
    REQUIRE(place);
    CHECK(place->mount_point == "/dev/shm");
    CHECK_FALSE(place->looks_lasting());
}

TEST_CASE("memory_place: the root file system in memory looks like a disk") {
    const FakeProc proc("22 1 0:2 / / rw - ramfs none rw\n");
    REQUIRE(proc.look("/srv"));
    CHECK(proc.look("/srv")->kind == MemoryKind::root);
    CHECK(proc.look("/srv")->looks_lasting());
}

TEST_CASE("memory_place: an overlay is in memory if its upper layer is") {
    const std::string overlay =
        "22 1 0:30 / / rw,relatime - overlay overlayroot rw,lowerdir=/media/root-ro,upperdir=/media/root-rw/overlay,"
        "workdir=/media/root-rw/overlay-workdir/_\n";
    const FakeProc overlayroot(overlay + "31 22 0:29 / /media/root-rw rw - tmpfs tmpfs-root rw\n");
    REQUIRE(overlayroot.look("/home/pi/connectors"));
    CHECK(overlayroot.look("/home/pi/connectors")->kind == MemoryKind::overlay);
    const FakeProc on_disk(overlay + "31 22 8:2 / /media/root-rw rw - ext4 /dev/sda2 rw\n");
    CHECK_FALSE(on_disk.look("/home/pi/connectors"));
}

TEST_CASE("memory_place: an upper layer that is no longer to be seen is known by the kernel's command line") {
    const std::string overlay =
        "22 1 0:30 / / rw - overlay overlay rw,lowerdir=/lower,upperdir=/no-upper/data,workdir=/w\n";
    CHECK(FakeProc(overlay, "boot=overlay root=PARTUUID=1\n").look("/srv"));
    CHECK(FakeProc(overlay, "x overlayroot=tmpfs:recurse=0\n").look("/srv"));
    CHECK_FALSE(FakeProc(overlay).look("/srv"));
    CHECK_FALSE(FakeProc(overlay, "myboot=overlay overlayroot=/dev/sda3\n").look("/srv"));
}

TEST_CASE("memory_place: the last mount at a point hides the others, and spaces are read") {
    const FakeProc proc(std::string(disk) + "40 22 0:40 / /my\\040data rw - tmpfs tmpfs rw\n" +
                        "41 40 8:3 / /my\\040data rw - ext4 /dev/sda3 rw\n");
    CHECK_FALSE(proc.look("/my data/x"));
    const FakeProc other(std::string(disk) + "41 22 8:3 / /my\\040data rw - ext4 /dev/sda3 rw\n" +
                         "42 41 0:40 / /my\\040data rw - tmpfs tmpfs rw\n");
    REQUIRE(other.look("/my data/x"));
    CHECK(other.look("/my data/x")->mount_point == "/my data");
}

TEST_CASE("memory_place: without mountinfo nothing is known") {
    CHECK_FALSE(memory_place("/srv", "/nonexistent"));
    CHECK_FALSE(FakeProc("nonsense\n1 2 3 - \n").look("/srv"));
}

}  // namespace gup
