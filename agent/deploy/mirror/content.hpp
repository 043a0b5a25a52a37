// SPDX-License-Identifier: Apache-2.0
// The next content of a plain folder.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "deploy/mirror/mirror.hpp"
#include "util/result.hpp"

namespace gup {

// Makes `next`, and flushes it; `reserve` bytes stay free. Returns what somebody had changed. On failure, what was made is left. As the owner.
[[nodiscard]] Result<LocalChanges> make_next_content(Mirror& local, std::uint64_t reserve);

}  // namespace gup
