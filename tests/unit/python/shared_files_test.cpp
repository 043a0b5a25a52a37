// SPDX-License-Identifier: Apache-2.0
#include "python/shared_files.hpp"

#include <doctest/doctest.h>

#include "virtualenv_fixture.hpp"

namespace gup {
namespace {

constexpr const char* kSite = "lib/python3.11/site-packages/";

// A virtualenv `live` with the distribution "one" and the file shared.py, and its copy, in which an installer has been.
struct SharedVirtualenv : SyntheticVirtualenv {
    SharedVirtualenv() {
        write(std::string(kSite) + "shared.py", "one's\n");
        add_row(root, "one", "shared.py");
        (void)make_copy();
        before = record_stamps(observed(copy));
    }

    static void add_row(const fs::path& virtualenv, const std::string& name, const std::string& file) {
        const fs::path record = virtualenv / kSite / (name + "-1.0.dist-info/RECORD");
        auto rows = read_record(record).value();
        rows.insert(rows.begin(), {file, record_hash("one's\n"), "6"});
        REQUIRE(write_file_atomically(record, format_record(rows)).ok());
    }
    // What an installer brings: "two", which has shared.py, too.
    void install_two() const {
        const fs::path info = copy / kSite / "two-1.0.dist-info";
        fs::create_directories(info);
        REQUIRE(write_file_atomically(info / "METADATA", "Name: two\nVersion: 1.0\n").ok());
        REQUIRE(write_file_atomically(info / "INSTALLER", "pip\n").ok());
        REQUIRE(write_file_atomically(info / "RECORD", "shared.py,,\ntwo-1.0.dist-info/INSTALLER,,\n").ok());
    }
    [[nodiscard]] HurtFiles hurt() const {
        kept = observed(copy);
        return find_hurt_files(kept, before, root);
    }

    RecordStamps before;
    mutable ObservedVirtualenv kept;  // the result points into it
};

}  // namespace

TEST_CASE("find_hurt_files: what an unchanged distribution lost, and what a new one overwrote") {
    const SharedVirtualenv virtualenv;
    const fs::path shared = virtualenv.copy / kSite / "shared.py";
    CHECK(virtualenv.hurt().lost.empty());
    fs::remove(shared);
    const HurtFiles lost = virtualenv.hurt();
    REQUIRE(lost.lost.size() == 1);
    CHECK(lost.lost[0].path == shared);
    CHECK(lost.lost[0].distribution->name == "one");
    virtualenv.install_two();
    REQUIRE(write_file_atomically(shared, "one's\n").ok());
    CHECK(virtualenv.hurt().lost.empty());
    CHECK(virtualenv.hurt().overwritten.empty());
    REQUIRE(write_file_atomically(shared, "two's\n").ok());
    const HurtFiles overwritten = virtualenv.hurt();
    REQUIRE(overwritten.overwritten.size() == 1);
    CHECK(overwritten.overwritten[0].by == "two 1.0");
}

TEST_CASE("find_hurt_files: an operator's change, a .pyc, and what was missing before are no loss") {
    const SharedVirtualenv virtualenv;
    REQUIRE(write_file_atomically(virtualenv.copy / kSite / "shared.py", "an operator's\n").ok());
    CHECK(virtualenv.hurt().overwritten.empty());
    fs::remove(virtualenv.copy / kSite / "shared.py");
    fs::remove(virtualenv.root / kSite / "shared.py");
    CHECK(virtualenv.hurt().lost.empty());
    SharedVirtualenv compiled;
    compiled.write(std::string(kSite) + "one.pyc", "");
    SharedVirtualenv::add_row(compiled.copy, "one", "one.pyc");
    compiled.before = record_stamps(compiled.observed(compiled.copy));
    CHECK(compiled.hurt().lost.empty());
}

TEST_CASE("find_files_gone: the first one of each distribution") {
    const SharedVirtualenv virtualenv;
    CHECK(find_files_gone(virtualenv.observed(virtualenv.root)).empty());
    fs::remove(virtualenv.site / "shared.py");
    fs::remove(virtualenv.site / "one.py");
    const auto observed = virtualenv.observed(virtualenv.root);
    const auto gone = find_files_gone(observed);
    REQUIRE(gone.size() == 1);
    CHECK(gone[0].path == virtualenv.site / "shared.py");
    CHECK(gone[0].distribution->name == "one");
}

TEST_CASE("restore_files: a file of the old virtualenv, and a script of it with the new path") {
    const SharedVirtualenv virtualenv;
    const PrefixChange change{{virtualenv.root.string()}, virtualenv.copy.string()};
    fs::remove(virtualenv.copy / kSite / "shared.py");
    fs::remove(virtualenv.copy / "bin/one");
    HurtFiles hurt = virtualenv.hurt();
    REQUIRE(hurt.lost.size() == 2);
    CHECK(restore_files(hurt.lost, virtualenv.root, change).empty());
    CHECK(virtualenv.read(std::string(kSite) + "shared.py") == "one's\n");
    CHECK(virtualenv.read("bin/one") == "#!" + virtualenv.copy.string() + "/bin/python\nprint(1)\n");
    // Not with another content than the distribution's.
    fs::remove(virtualenv.copy / kSite / "shared.py");
    virtualenv.write(std::string(kSite) + "shared.py", "two's\n");
    hurt = virtualenv.hurt();
    CHECK(restore_files(hurt.lost, virtualenv.root, change).size() == 1);
    CHECK_FALSE(is_there(virtualenv.copy / kSite / "shared.py"));
}

}  // namespace gup
