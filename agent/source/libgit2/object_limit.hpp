// SPDX-License-Identifier: Apache-2.0
// The longest object that is taken into memory: of a pack that arrives, and of a repository.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "source/libgit2/handles.hpp"

namespace gup::git {

inline constexpr std::uint64_t object_limit_default = std::uint64_t{128} << 20U;

// Bytes; 0: no limit. Of the whole process.
void set_object_limit(std::uint64_t bytes) noexcept;
[[nodiscard]] std::uint64_t object_limit() noexcept;

// unsupported, with Cause::limit: "<what> of <bytes> bytes, and at most <limit> are taken".
[[nodiscard]] Error object_too_long(std::string_view what, std::uint64_t bytes, std::uint64_t limit);

// From now on `repository` neither reads nor receives an object that is longer than the limit. The functions of libgit2
// fail then, and failure() returns the error above.
[[nodiscard]] Status limit_objects(git_repository* repository);

// The error behind libgit2's last message on this thread, if it is one of this file's.
[[nodiscard]] std::optional<Error> take_object_refusal(std::string_view last_message);

}  // namespace gup::git
