// SPDX-License-Identifier: Apache-2.0
// The names in an archive: which may be written. Private to util/zip/archive.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "util/result.hpp"
#include "util/zip/directory.hpp"

namespace gup {

// The name without parts that are ".": "./a", "a/./b". An empty part behind such a one goes with it (".//a"). Of a folder
// ("./") nothing may be left. A file's last part stays.
[[nodiscard]] std::string without_dots(std::string_view name, ArchiveKind kind);

// Fails with invalid_input, its message going on behind "the entry '…' ", for a name that is empty, absolute, not
// UTF-8, too long (a part 255 bytes, the whole 1024), or has "..", ".", an empty part, a backslash, a drive letter, a
// NUL or a control character.
[[nodiscard]] Status check_entry_name(std::string_view name);

// All paths of an archive, the folders above its entries included.
class ArchivePaths {
public:
    // Adds an entry whose name was checked. Fails with invalid_input, the message as above, when the name is there
    // already or is below a file or a link. Names that differ in case or in their form in Unicode are different ones:
    // a file system that takes them for one refuses the second, because no file is opened that exists.
    [[nodiscard]] Status add(std::string_view name, ArchiveKind kind);

    // Whether `text`, of the link `name`, leads to a place in the archive's folder, and there through no other link.
    // Fails with invalid_input as above.
    [[nodiscard]] Status check_link(std::string_view name, std::string_view text) const;

private:
    using Key = std::pair<std::uint32_t, std::string>;  // its folder's id, and its name
    struct Node {
        std::uint32_t id;
        ArchiveKind kind;
        bool is_entry;
    };

    [[nodiscard]] const Node* find(std::string_view path) const;

    std::map<Key, Node> nodes_;
};

}  // namespace gup
