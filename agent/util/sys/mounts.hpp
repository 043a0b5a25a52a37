// SPDX-License-Identifier: Apache-2.0
// File systems that lose everything at the next boot.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "util/sys/file.hpp"

namespace gup {

enum class MemoryKind : std::uint8_t {
    overlay,  // changes of an overlay whose upper layer is in memory (overlayroot, raspi-config)
    root,     // the machine's root file system itself is in memory
    tmpfs,    // another one, which somebody chose: /dev/shm, /run, /tmp
};

struct MemoryPlace {
    MemoryKind kind = MemoryKind::tmpfs;
    std::string mount_point;

    // Whether somebody may take it for a disk.
    [[nodiscard]] bool looks_lasting() const noexcept { return kind != MemoryKind::tmpfs; }
};

// Whether `path`, or the nearest folder above it that exists, is in memory. nullopt: no, or unknown. `proc`: of the
// files self/mountinfo and cmdline.
[[nodiscard]] std::optional<MemoryPlace> memory_place(const fs::path& path, const fs::path& proc = "/proc");

}  // namespace gup
