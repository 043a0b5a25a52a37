// SPDX-License-Identifier: Apache-2.0
#include "doctor/machine.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <fstream>

#include "host/exposure.hpp"
#include "util/http/ca_bundle.hpp"
#include "util/sys/directory.hpp"
#include "util/sys/free_space.hpp"
#include "util/sys/lock.hpp"

namespace gup {
namespace {

struct Place {
    TemporaryFolder folder = TemporaryFolder::make().value();
    [[nodiscard]] fs::path path(const std::string& name) const { return folder.path() / name; }
    void write(const std::string& name, const std::string& text) const {
        REQUIRE(make_folders(path(name).parent_path()).ok());
        std::ofstream(path(name), std::ios::binary) << text;
    }
};

}  // namespace

TEST_CASE("time_sync: timesyncd's mark is used, and its absence only while timesyncd runs") {
    const Place place;
    CHECK(time_sync(place.path("none")) == TimeSync::unknown);
    CHECK(time_sync(place.folder.path()) == TimeSync::not_yet);
    place.write("synchronized", "");
    CHECK(time_sync(place.folder.path()) == TimeSync::synchronized);
}

TEST_CASE("count_name_servers: comments and other keywords are not counted") {
    const Place place;
    place.write("resolv.conf",
                "# nameserver 1.1.1.1\nsearch local\nnameserver 192.0.2.1\n nameserver\t::1\nnameserver\n");
    CHECK(count_name_servers(place.path("resolv.conf")) == 2);
    CHECK(count_name_servers(place.path("none")) == 0);
}

TEST_CASE("process_facts: this process is running and is not stopped") {
    const auto facts = process_facts(::getpid());
    REQUIRE(facts.has_value());
    CHECK(facts->command.find("gup-unit-tests") != std::string::npos);
    CHECK_FALSE(facts->is_stopped);
    CHECK(facts->age >= 0);
    CHECK(facts->age < 100'000);
}

TEST_CASE("process_facts: a name with blanks and brackets is read correctly, and a stopped process is recognized") {
    const Place place;
    place.write("12/stat", "12 (a) R (b c) T 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 5000 0 0\n");
    place.write("12/cmdline", std::string("prog\0run\0", 9));
    place.write("uptime", "1000.50 900.0\n");
    const auto facts = process_facts(12, place.folder.path());
    REQUIRE(facts.has_value());
    CHECK(facts->is_stopped);
    CHECK(facts->command == "prog run");
    CHECK(facts->age == 1000 - 5000 / ::sysconf(_SC_CLK_TCK));
    CHECK_FALSE(process_facts(13, place.folder.path()).has_value());
}

TEST_CASE("any_runs: if the first process is hidden, the answer is unknown") {
    const Place place;
    place.write("7/comm", "cron\n");
    CHECK_FALSE(any_runs({"cron"}, place.folder.path()).has_value());
    place.write("1/comm", "init\n");
    CHECK(any_runs({"cron"}, place.folder.path()) == true);
    CHECK(any_runs({"crond"}, place.folder.path()) == false);
}

TEST_CASE("exposure_of: write access of others and of a foreign group is found, that of a private group is not") {
    const Place place;
    place.write("file", "");
    const fs::path file = place.path("file");
    REQUIRE(::chmod(file.c_str(), 0644) == 0);
    CHECK_FALSE(exposure_of(file).has_value());
    REQUIRE(::chmod(file.c_str(), 0666) == 0);
    CHECK(exposure_of(file)->by == ExposedBy::everybody);
    CHECK_FALSE(exposure_of(place.path("none")).has_value());
    if (::geteuid() != 0) return;
    REQUIRE(::chmod(file.c_str(), 0664) == 0);
    REQUIRE(::chown(file.c_str(), 0, 4711) == 0);
    CHECK(exposure_of(file)->by == ExposedBy::group);
    REQUIRE(::chown(file.c_str(), 4711, 4711) == 0);
    CHECK(exposure_of(file)->by == ExposedBy::owner);
}

TEST_CASE("disk_usage: counts the existing files, finds folders that cannot be written to, and follows no link") {
    const Place place;
    place.write("tree/a/file", std::string(20'000, 'x'));
    place.write("other/file", std::string(9'000'000, 'x'));
    fs::create_directory_symlink(place.path("other"), place.path("tree/link"));
    const DiskUsage usage = disk_usage(place.path("tree"), Milliseconds{20'000});
    CHECK(usage.files == 4);
    CHECK(usage.bytes >= 20'000);
    CHECK(usage.bytes < 1'000'000);
    CHECK(usage.complete);
    CHECK(usage.unwritable.empty());
    CHECK(disk_usage(place.path("none"), Milliseconds{1000}).files == 0);
    if (::geteuid() == 0) return;
    REQUIRE(::chmod(place.path("tree/a").c_str(), 0555) == 0);
    CHECK(disk_usage(place.path("tree"), Milliseconds{20'000}).unwritable.size() == 1);
    REQUIRE(::chmod(place.path("tree/a").c_str(), 0755) == 0);
}

TEST_CASE("file_system_of: a missing path is on the file system of the nearest existing folder above it") {
    const Place place;
    const auto nearest = file_system_of(place.folder.path());
    const auto absent = file_system_of(place.path("not/yet/there"));
    REQUIRE(nearest.ok());
    REQUIRE(absent.ok());
    CHECK(absent->place == place.folder.path());
    CHECK(absent->device == nearest->device);
    CHECK(nearest->free_bytes > 0);
    CHECK_FALSE(nearest->read_only);
    CHECK(file_system_of("/proc/nothing")->free_bytes == 0);
}

TEST_CASE("lock_holder: without a file there is no holder, and no file is created") {
    const Place place;
    CHECK(*lock_holder(place.path("lock")) == 0);
    CHECK_FALSE(is_file(place.path("lock")));
    place.write("lock", "");
    CHECK(*lock_holder(place.path("lock")) == 0);
}

TEST_CASE("read_ca_bundle: a file without certificates is an empty bundle") {
    const Place place;
    place.write("ca.pem", "nothing\n");
    const auto bundle = read_ca_bundle(place.path("ca.pem"), 0);
    REQUIRE(bundle.ok());
    CHECK(bundle->certificates == 0);
    CHECK(bundle->unreadable == 0);
    CHECK_FALSE(read_ca_bundle(place.path("none"), 0).ok());
}

}  // namespace gup
