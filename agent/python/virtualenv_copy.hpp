// SPDX-License-Identifier: Apache-2.0
// A copy of a virtualenv, for an update that never touches the live one.
//
// Files are shared by hard links. This is safe with pip, which renames old files away and writes new ones. Files that
// name the virtualenv's own path (bin/, pyvenv.cfg, .pth, .egg-link, direct_url.json, an editable's finder), or that
// are written in place (RECORD), are really copied. A copy has everything that `cp -a` keeps. Relative links that leave
// the virtualenv get another text, because the copy is in another folder. "~name" leftovers of an interrupted pip are
// not copied.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/disk_need.hpp"
#include "util/result.hpp"
#include "util/sys/file.hpp"

namespace gup {

struct VirtualenvCopy {
    fs::path from;                         // the real folder, not a link to it
    fs::path to;                           // must not exist; its parent must
    std::vector<std::string> other_names;  // other paths of the original, such as the link to it
    fs::path known_as{};                   // the path that it gets later, in a folder of the same depth; empty: `to`
};

struct CopyReport {
    std::uint64_t linked = 0;  // files
    std::uint64_t copied = 0;
    std::uint64_t bytes = 0;                      // of the copied files
    std::vector<std::string> skipped;             // devices, which only root can make
    std::vector<std::string> without_attributes;  // "path (names)": files whose copy has lost extended attributes
};

// Makes `to`, with its own path in everything that names it, RECORD rows included, and with pin_prefix. Where hard
// links are not possible (another file system, another owner's file) it makes reflinks, or real copies. Follows no link
// out of the tree. On failure what was made of `to` is left: the caller removes it. Nothing is flushed.
[[nodiscard]] Result<CopyReport> copy_virtualenv(const VirtualenvCopy& request);

// The need of a new one: `python3 -m venv` with its pip and setuptools (Debian 12: 26 MB in 1,660 files).
inline constexpr DiskNeed new_virtualenv_need{32U << 20U, 2'000};
// The greatest need of copy_virtualenv for a copy in the folder `beside`, without reflinks.
[[nodiscard]] Result<DiskNeed> measure_virtualenv_copy(const fs::path& from, const fs::path& beside);

}  // namespace gup
