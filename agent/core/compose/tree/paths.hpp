// SPDX-License-Identifier: Apache-2.0
// Paths in a repository, as text.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace gup::compose {

// `relative` from `folder`, both relative to the repository; without ".", ".." and repeated '/'. "" is the repository
// itself. Nullopt: it leaves the repository.
[[nodiscard]] std::optional<std::string> path_in(std::string_view folder, std::string_view relative);

// "services/gw/compose.yaml" → "services/gw"; "" for a file of the repository's top folder.
[[nodiscard]] std::string folder_of(std::string_view path);

// True for an address of another machine, and for other schemes of compose ("oci://", "git@host:x", "https://…").
[[nodiscard]] bool is_remote(std::string_view path);

}  // namespace gup::compose
