// SPDX-License-Identifier: Apache-2.0
// Paths of a repository's files, by their names alone.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace gup::detail {

// `path` as it is written in the file `from`, relative to the repository: "a/b.txt". Nullopt: it is absolute, empty or leads
// out.
[[nodiscard]] std::optional<std::string> inner_path(std::string_view from, std::string_view path);

}  // namespace gup::detail
