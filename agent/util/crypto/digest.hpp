// SPDX-License-Identifier: Apache-2.0
// SHA-256 of a stream of content, and of files.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "util/result.hpp"
#include "util/sys/file.hpp"

namespace gup {

class Sha256 {
public:
    Sha256();
    Sha256(const Sha256&) = delete;
    Sha256& operator=(const Sha256&) = delete;
    ~Sha256();

    void add(std::string_view bytes);
    // 64 lower case hexadecimal digits. Call it once.
    [[nodiscard]] std::string finish();

private:
    struct State;
    std::unique_ptr<State> state_;
};

[[nodiscard]] std::string sha256_of(std::string_view content);
// In the form of a wheel's RECORD: base64 with the alphabet for URLs and without padding (RFC 4648, section 5).
[[nodiscard]] std::string sha256_base64_of(std::string_view content);
// Of a regular file (links not followed), read in pieces. Fails as open(2) and read(2) do, and with invalid_input for
// anything but a regular file.
[[nodiscard]] Result<std::string> sha256_of_file(const fs::path& path);

}  // namespace gup
