// SPDX-License-Identifier: Apache-2.0
// One fuzz target is one file that defines this function. tests/fuzz/run builds and runs all of them.
#pragma once

#include <string>
#include <string_view>

namespace gup::fuzz {

// Takes any bytes. It returns, or it ends the process when the bytes broke a promise.
void take(std::string_view input);

// Ends the process with a message.
void check(bool promise, const char* text);

// A folder of this process, for its files; tests/fuzz/run removes it.
[[nodiscard]] const std::string& folder();

// A file that contains `content`, until the next call.
[[nodiscard]] const char* file_with(std::string_view content);

}  // namespace gup::fuzz
