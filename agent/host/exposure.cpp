// SPDX-License-Identifier: Apache-2.0
#include "host/exposure.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include "host/ownership.hpp"

namespace gup {

std::optional<Exposure> exposure_of(const fs::path& path) {
    const auto info = file_info(path);
    if (!info.ok() || !*info) return std::nullopt;
    const FileInfo& file = **info;
    if ((file.mode & S_IWOTH) != 0) return Exposure{path.string(), ExposedBy::everybody, {}};
    // A group with the owner's number is the private group that adduser creates.
    if ((file.mode & S_IWGRP) != 0 && file.group != 0 && file.group != file.owner) {
        return Exposure{path.string(), ExposedBy::group, {}};
    }
    if (file.owner == 0 || file.owner == ::geteuid()) return std::nullopt;
    return Exposure{path.string(), ExposedBy::owner, user_name(file.owner)};
}

}  // namespace gup
