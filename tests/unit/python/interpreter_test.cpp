// SPDX-License-Identifier: Apache-2.0
#include "python/interpreter.hpp"

#include <doctest/doctest.h>

#include "util/sys/directory.hpp"

namespace gup {
namespace {

// A virtualenv whose bin/python leads to `program`, a Python somewhere else.
struct Linked {
    TemporaryFolder folder = TemporaryFolder::make().value();
    fs::path root = folder.path() / "venv";
    fs::path prefix = folder.path() / "opt";

    explicit Linked(const std::string& program, const std::string& content = "#!/bin/sh\n") {
        fs::create_directories(root / "bin");
        fs::create_directories(prefix / "bin");
        REQUIRE(write_file_atomically(prefix / "bin" / program, content, 0755).ok());
        fs::create_symlink(prefix / "bin" / program, root / "bin/python3");
        fs::create_symlink("python3", root / "bin/python");
    }
    void add_library(const std::string& name) const {
        fs::create_directories(prefix / name);
        REQUIRE(write_file_atomically(prefix / name / "os.py", "").ok());
    }
    [[nodiscard]] FoundInterpreter find(const std::string& version = "3.9") const {
        return find_interpreter(root, {(prefix / "bin").string(), version, false});
    }
};

std::string own_program() {
    return read_file("/proc/self/exe", std::uint64_t{1} << 30U).value();
}

}  // namespace

TEST_CASE("find_interpreter: the version is that of the program's name, or of the library beside it") {
    CHECK(Linked("python3.9").find().defect.empty());
    CHECK(Linked("python3.12").find().kind == VirtualenvDefect::cannot_run);
    const Linked unnamed("python3");
    CHECK(unnamed.find().defect.empty());
    unnamed.add_library("lib/python3.12");
    CHECK(unnamed.find().defect.starts_with("the interpreter is 3.12 now"));
    CHECK(unnamed.find("").defect.empty());
    unnamed.add_library("lib64/python3.9");
    CHECK(unnamed.find().defect.empty());
    const Linked other("pypy3");
    other.add_library("lib/python3.12");
    CHECK(other.find().defect.empty());
}

TEST_CASE("find_interpreter: a program for another machine, an empty one, and one that only may not be read") {
    std::string program = own_program();
    CHECK(Linked("python3.9", program).find().defect.empty());
    CHECK(Linked("python3.9", "").find().defect.starts_with("the interpreter is not a program"));
    CHECK(Linked("python3.9", program.substr(0, 10)).find().defect.starts_with("the interpreter is not a program"));
    program[18] = 22;  // S/390
    program[19] = 0;
    CHECK(Linked("python3.9", program).find().defect.starts_with("the interpreter is for another machine"));
}

TEST_CASE("find_interpreter: either name in bin may be missing, and each that is there has to lead to a program") {
    const Linked linked("python3.9");
    fs::remove(linked.root / "bin/python");
    CHECK(linked.find().program.filename() == "python3");
    CHECK(linked.find().defect.empty());
    fs::create_symlink(linked.prefix / "bin/python3.9", linked.root / "bin/python");
    fs::remove(linked.root / "bin/python3");
    CHECK(linked.find().defect.empty());
    fs::create_symlink("/nonexistent/python3.9", linked.root / "bin/python3");
    CHECK(linked.find().defect == "the interpreter is gone: bin/python3 -> /nonexistent/python3.9");
    fs::remove(linked.root / "bin/python3");
    fs::remove(linked.root / "bin/python");
    CHECK(linked.find().defect == "the interpreter is gone: bin/python is missing");
}

TEST_CASE("find_interpreter: a copy needs the library of the Python that it was made with") {
    const Linked linked("python3.9");
    for (const char* name : {"bin/python", "bin/python3"}) fs::remove(linked.root / name);
    REQUIRE(write_file_atomically(linked.root / "bin/python", "#!/bin/sh\n", 0755).ok());
    CHECK(linked.find().defect.empty());
    linked.add_library("lib/python3.12");
    CHECK(linked.find().defect.starts_with("the interpreter is 3.12 now"));
    linked.add_library("lib/python3.9");
    CHECK(linked.find().defect.empty());
    fs::remove_all(linked.prefix);
    CHECK(linked.find().defect.starts_with("the Python that it was made with is gone"));
    CHECK(find_interpreter(linked.root, {"", "3.9", false}).defect.empty());
}

}  // namespace gup
