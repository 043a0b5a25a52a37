// SPDX-License-Identifier: Apache-2.0
// The whole program behind main.
#pragma once

namespace gup {

// Returns the exit code of the process.
[[nodiscard]] int run_app(int argc, const char* const* argv);

}  // namespace gup
