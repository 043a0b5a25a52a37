// How much room there is.
#pragma once

#include <cstdint>

#include "util/file.hpp"
#include "util/result.hpp"

namespace gup {

// Bytes that this process may still write to the file system that holds `path` (root may use what is reserved for it,
// but does not count on it). Fails as statvfs(3) does.
[[nodiscard]] Result<std::uint64_t> free_space(const fs::path& path);

// Fails with no_space, both numbers in the message, unless `needed` bytes are free where `path` is and `reserve` more
// stay free after that.
[[nodiscard]] Status require_space(const fs::path& path, std::uint64_t needed, std::uint64_t reserve);

// Fails with permission when nothing can be made in `folder`: a read-only file system, or no right to.
[[nodiscard]] Status require_writable(const fs::path& folder);

}  // namespace gup
