// SPDX-License-Identifier: Apache-2.0
// A plain folder compared with its release.
#pragma once

#include <cstdint>
#include <string>

#include "deploy/mirror/accepted.hpp"
#include "util/result.hpp"
#include "util/sys/file.hpp"

namespace gup {

[[nodiscard]] Result<bool> have_same_content(const fs::path& left, const fs::path& right);

// The text that a release's link has in the plain folder: a link out of the release leads to a shared path, and becomes
// absolute.
[[nodiscard]] std::string mirrored_link(const fs::path& release, const std::string& path);

// Files of the plain folder that are not newer than this (nanoseconds since the epoch) are as the release has them: its
// record is written last. 0: unknown.
[[nodiscard]] std::int64_t release_time(const fs::path& release);

// Why a plain folder does not have the files of its release.
struct MirrorDamage {
    std::string text;       // "/var/deploy/current is gone"; empty: it has them
    AcceptedPaths changed;  // files that differ
    AcceptedPaths missing;
};
// The damage of the folder `local`, without the paths of `accepted`. stat(2) alone; only files that are newer than the
// release are read.
[[nodiscard]] MirrorDamage find_damage(const fs::path& local, const fs::path& release,
                                       const AcceptedPaths& accepted = {});

}  // namespace gup
