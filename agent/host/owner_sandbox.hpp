// SPDX-License-Identifier: Apache-2.0
// The rights of a worker for one owner.
#pragma once

#include "host/owner.hpp"
#include "util/worker/sandbox.hpp"

namespace gup {

// For the work on its connectors. It can write to `folders`, to its home and to temporary folders. Root's own connectors
// are not confined. An agent that is not root keeps its user.
[[nodiscard]] Sandbox worker_sandbox(const Owner& owner, std::vector<fs::path> folders);

enum class Privileges : bool { none, allowed };
// For a connector's own programs, which may write wherever the owner may.
[[nodiscard]] Sandbox program_sandbox(const Owner& owner, Privileges privileges);

}  // namespace gup
