// SPDX-License-Identifier: Apache-2.0
// A virtualenv for the tests of its copies.
#pragma once

#include <doctest/doctest.h>

#include <string>

#include "python/installed_record.hpp"
#include "python/virtualenv.hpp"
#include "python/virtualenv_copy.hpp"
#include "util/sys/directory.hpp"

namespace gup {

// A virtualenv with one distribution, as an installer leaves it.
struct SyntheticVirtualenv {
    TemporaryFolder folder = TemporaryFolder::make().value();
    fs::path root = folder.path() / "venv";
    fs::path copy = folder.path() / "copy";
    fs::path site = root / "lib/python3.11/site-packages";

    SyntheticVirtualenv() {
        fs::create_directories(root / "bin");
        fs::create_directories(site / "one-1.0.dist-info");
        fs::create_symlink("/usr/bin/python3", root / "bin/python");
        fs::create_symlink("lib", root / "lib64");
        fs::create_symlink(root / "lib", root / "inside");
        write("pyvenv.cfg", "home = /usr/bin\nversion = 3.11.2\ncommand = python3 -m venv " + root.string() + "\n");
        write("bin/activate", "VIRTUAL_ENV=\"" + root.string() + "\"\n");
        write("bin/one", script());
        write("lib/python3.11/site-packages/one.py", "version = 1\n");
        write("lib/python3.11/site-packages/src.pth", root.string() + "/src/one\n");
        write("lib/python3.11/site-packages/one-1.0.dist-info/METADATA", "Name: one\nVersion: 1.0\n");
        write("lib/python3.11/site-packages/one-1.0.dist-info/INSTALLER", "pip\n");
        write("lib/python3.11/site-packages/one-1.0.dist-info/RECORD",
              format_record({{"../../../bin/one", record_hash(script()), std::to_string(script().size())},
                             {"one.py", record_hash("version = 1\n"), "12"},
                             {"one-1.0.dist-info/INSTALLER", record_hash("pip\n"), "4"},
                             {"one-1.0.dist-info/RECORD", "", ""}}));
    }

    [[nodiscard]] std::string script() const { return "#!" + root.string() + "/bin/python\nprint(1)\n"; }
    void write(const std::string& name, const std::string& text) const {
        REQUIRE(write_file_atomically(root / name, text).ok());
    }
    [[nodiscard]] std::string read(const std::string& name) const { return read_file(copy / name).value(); }
    [[nodiscard]] CopyReport make_copy() const {
        auto report = copy_virtualenv({root, copy, {}});
        REQUIRE_MESSAGE(report.ok(), (report.ok() ? "" : report.error().message));
        return *report;
    }
    [[nodiscard]] bool is_shared(const std::string& name) const {
        return file_info(root / name).value()->inode == file_info(copy / name).value()->inode;
    }
    [[nodiscard]] ObservedVirtualenv observed(const fs::path& path) const {
        return inspect_virtualenv({true, path}).value();
    }
};

inline constexpr const char* record_name = "lib/python3.11/site-packages/one-1.0.dist-info/RECORD";

}  // namespace gup
