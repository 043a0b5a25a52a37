// SPDX-License-Identifier: Apache-2.0
// What libFuzzer calls, for each target.
#include <fcntl.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "fuzz.hpp"

namespace gup::fuzz {

void check(bool promise, const char* text) {
    if (promise) return;
    (void)std::fprintf(stderr, "broken promise: %s\n", text);
    std::abort();
}

const std::string& folder() {
    static const std::string made = [] {
        const char* base = std::getenv("TMPDIR");
        std::string name = std::string(base != nullptr ? base : "/dev/shm") + "/gup-fuzz-XXXXXX";
        check(::mkdtemp(name.data()) != nullptr, "a folder is made");
        return name;
    }();
    return made;
}

const char* file_with(std::string_view content) {
    static const std::string path = folder() + "/input";
    static const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    check(::ftruncate(fd, 0) == 0 &&
              ::pwrite(fd, content.data(), content.size(), 0) == static_cast<ssize_t>(content.size()),
          "the input is written to a file");
    return path.c_str();
}

}  // namespace gup::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    gup::fuzz::take({reinterpret_cast<const char*>(data), size});
    return 0;
}
