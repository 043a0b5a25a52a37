// SPDX-License-Identifier: Apache-2.0
// The version, commit and libraries of this binary; `gup-agent version` prints them.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace gup::build_info {

struct Library {
    std::string_view name;
    std::string_view version;  // with Debian's revision, e.g. "8.14.1-2+deb13u5"
};

extern const std::string_view version;  // of gup-agent, e.g. "0.1.0"
extern const std::string_view
    commit;  // abbreviated, with "-dirty" when the work tree had changes; "unknown" outside git
extern const std::int64_t commit_time;   // seconds since the epoch; 0: unknown
extern const std::string_view target;    // e.g. "aarch64-linux-gnu"
extern const std::string_view platform;  // as releases name it: "x86_64", "aarch64", "armhf", "armv6"
extern const std::span<const Library> libraries;

}  // namespace gup::build_info
