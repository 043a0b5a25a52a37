// SPDX-License-Identifier: Apache-2.0
// The users that can change a file or folder that only root and this process's user should change.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "util/sys/file.hpp"

namespace gup {

// A file or folder of the agent's own that others could change or read.
enum class ExposedBy : std::uint8_t { everybody, group, owner };
struct Exposure {
    std::string path;
    ExposedBy by = ExposedBy::everybody;
    std::string owner;  // its owner, for ExposedBy::owner
    bool is_shared =
        false;  // a folder of many programs, such as /tmp or /srv: its rights are not the agent's to change
};

// The exposure of `path`; nullopt when only root and this process's user may change it, or when it does not exist.
[[nodiscard]] std::optional<Exposure> exposure_of(const fs::path& path);

}  // namespace gup
