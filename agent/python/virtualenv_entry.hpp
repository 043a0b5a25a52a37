// SPDX-License-Identifier: Apache-2.0
// The entries of a virtualenv, as a copy treats them.
#pragma once

#include <cstdint>
#include <string>

namespace gup {

// How a copy treats an entry.
enum class EntryUse : std::uint8_t {
    share,       // a hard link is enough
    copy,        // is written in place
    script,      // its first line names the virtualenv
    rewrite,     // names the virtualenv anywhere
    path_lines,  // has lines that are paths, absolute or relative: the same
    leave,       // is not copied
};

// The position in the virtualenv.
enum class EntryFolder : std::uint8_t { root, bin, site, dist_info, other };

// Of the folder `name` in a folder of the kind `parent`.
[[nodiscard]] EntryFolder folder_below(EntryFolder parent, const std::string& name);
// Of the file or link `name` in a folder.
[[nodiscard]] EntryUse use_of(EntryFolder folder, const std::string& name);

}  // namespace gup
