// The bytes of a file, with its holes as holes: a file of gigabytes may take no place at all.
#pragma once

#include "util/result.hpp"
#include "util/sys/file.hpp"

namespace gup {

// Copies everything from the start of `from` to `to`, which is empty. Both are regular files; `shown` and `made` are their
// names in messages. Fails with io, no_space and the like.
[[nodiscard]] Status copy_content(const UniqueFd& from, const fs::path& shown, const UniqueFd& to,
                                  const fs::path& made);

}  // namespace gup
