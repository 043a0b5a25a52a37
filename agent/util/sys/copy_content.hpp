// SPDX-License-Identifier: Apache-2.0
// The bytes of a file, with its holes as holes: a file of gigabytes may take no place at all.
#pragma once

#include "util/result.hpp"
#include "util/sys/file.hpp"

namespace gup {

// Copies everything from the start of `from` to `to`, which is empty; where the file system can, the two share their
// blocks. Both are regular files; `shown` and `made` are their names in messages. Fails with io, no_space and the like.
[[nodiscard]] Status copy_content(const UniqueFd& from, const fs::path& shown, const UniqueFd& to,
                                  const fs::path& made);

// Copies the regular file `from` to `to`, which must not exist. Returns the new file, open for writing. A link is not
// followed. Its mode is `mode`, less the umask.
[[nodiscard]] Result<UniqueFd> copy_to_new_file(const fs::path& from, const fs::path& to, std::uint32_t mode);

}  // namespace gup
