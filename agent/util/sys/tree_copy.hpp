// SPDX-License-Identifier: Apache-2.0
// A faithful copy of a folder.
#pragma once

#include "util/result.hpp"
#include "util/sys/file.hpp"

namespace gup {

// Makes `to`, which must not exist, with the content of the folder `from`: modes, owners, times, extended attributes, links
// as they are, hard links inside of it, pipes and sockets. Follows no link. Fails with permission for a file of another user
// that this one may not give away, and for a device. On failure what was made is removed. Nothing is flushed.
[[nodiscard]] Status copy_tree(const fs::path& from, const fs::path& to);

}  // namespace gup
