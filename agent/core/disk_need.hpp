// SPDX-License-Identifier: Apache-2.0
// The disk space that an act needs.
#pragma once

#include <cstdint>

namespace gup {

struct DiskNeed {
    std::uint64_t bytes = 0;
    std::uint64_t files = 0;  // inodes
    friend bool operator==(const DiskNeed&, const DiskNeed&) = default;
    friend DiskNeed operator+(const DiskNeed& a, const DiskNeed& b) { return {a.bytes + b.bytes, a.files + b.files}; }
};

}  // namespace gup
