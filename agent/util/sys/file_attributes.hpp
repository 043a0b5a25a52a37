// SPDX-License-Identifier: Apache-2.0
// What a copy of a file has to take over besides its content.
#pragma once

#include <sys/stat.h>

#include <string>
#include <vector>

#include "util/result.hpp"
#include "util/sys/file.hpp"

namespace gup {

// Capabilities, ACLs and all others, from one descriptor to another. Returns the names of those that could not be set:
// this user may not, or the file system has none.
std::vector<std::string> copy_extended_attributes(int from, int to);

// Owner and group, as far as this user may give them away, then the mode: without setuid, setgid and sticky bit if the
// copy has another owner or group. `made` is for messages. Returns whether owner and group are those of `status`.
[[nodiscard]] Result<bool> give_owner_and_mode(int to, const struct stat& status, const fs::path& made);

// A pipe, socket or device like `status`, with its owner, mode and times as far as this user may.
[[nodiscard]] Status make_node(int folder, const std::string& name, const struct stat& status, const fs::path& made);

}  // namespace gup
