// SPDX-License-Identifier: Apache-2.0
#include "host/exposure.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <iterator>

#include "host/ownership.hpp"

namespace gup {
namespace {

// Sticky, or a folder that every system has: /tmp, /srv, /var/lib, /usr/local/bin.
bool is_of_many_programs(const fs::path& path, const FileInfo& file) {
    if (file.kind != FileKind::folder) return false;
    if ((file.mode & S_ISVTX) != 0) return true;
    const fs::path plain = path.lexically_normal().relative_path();
    const auto parts = std::distance(plain.begin(), plain.end());
    const std::string first = plain.empty() ? "" : plain.begin()->string();
    return parts <= 1 || first == "usr" || (first == "var" && parts == 2);
}

}  // namespace

std::optional<Exposure> exposure_of(const fs::path& path) {
    const auto info = file_info(path);
    if (!info.ok() || !*info) return std::nullopt;
    const FileInfo& file = **info;
    const bool is_shared = is_of_many_programs(path, file);
    if ((file.mode & S_IWOTH) != 0) return Exposure{path.string(), ExposedBy::everybody, {}, is_shared};
    // A group with the owner's number is the private group that adduser creates.
    if ((file.mode & S_IWGRP) != 0 && file.group != 0 && file.group != file.owner) {
        return Exposure{path.string(), ExposedBy::group, {}, is_shared};
    }
    if (file.owner == 0 || file.owner == ::geteuid()) return std::nullopt;
    return Exposure{path.string(), ExposedBy::owner, user_name(file.owner), is_shared};
}

}  // namespace gup
