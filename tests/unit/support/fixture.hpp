// SPDX-License-Identifier: Apache-2.0
// Shared code of many tests.
#pragma once

#include <doctest/doctest.h>
#include <unistd.h>

#include <fstream>
#include <string>
#include <string_view>

#include "util/result.hpp"
#include "util/sys/directory.hpp"
#include "util/sys/file.hpp"

namespace gup::test {

// A separate folder for a test: folder / "name".
struct Folder {
    TemporaryFolder folder = TemporaryFolder::make().value();
    [[nodiscard]] fs::path operator/(const char* name) const { return folder.path() / name; }
};

// Writes a file, and makes the folders above it.
inline void put(const fs::path& path, const std::string& content) {
    fs::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << content;
}

inline bool holds(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

// Waits until the process has ended, because a signal takes time. A zombie has ended, too: it may have no parent that
// reaps it.
inline bool comes_to_its_end(const std::string& pid) {
    const std::string file = "/proc/" + pid.substr(0, pid.find('\n')) + "/stat";
    for (int tries = 0; tries < 2000; ++tries) {
        const std::string stat = read_file(file).value_or("");
        if (stat.empty() || holds(stat, ") Z ")) return true;
        ::usleep(5'000);
    }
    return false;
}

// The message of a result that must be an error.
template <class T>
ErrorCode code_of(const Result<T>& result) {
    REQUIRE_FALSE(result.ok());
    return result.error().code;
}

}  // namespace gup::test
