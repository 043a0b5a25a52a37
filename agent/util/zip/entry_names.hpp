// The names in an archive: which may be written, and which would be the same file. Private to util/archive.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "util/result.hpp"
#include "util/zip/directory.hpp"

namespace gup {

// Fails with invalid_input, its message going on behind "the entry '…' ", for a name that is empty, absolute, not
// UTF-8, too long (a part 255 bytes, the whole 1024), or has "..", ".", an empty part, a backslash, a drive letter, a
// NUL or a control character.
[[nodiscard]] Status check_entry_name(std::string_view name);

// All paths of an archive, the folders above its entries included.
class ArchivePaths {
public:
    // Takes up an entry whose name was checked. Fails with invalid_input, the message as above, when it is there
    // already, lies below what is no folder, or could be the same file as another on a file system that does not tell
    // them apart:
    // - upper and lower case of Latin (up to Latin Extended-A, and Extended Additional), Greek, Cyrillic and full-width
    //   letters;
    // - composed and decomposed forms: of two names that are equal when each letter with its marks (of Latin, Greek,
    //   Cyrillic, Hebrew and Arabic scripts, Japanese, Korean) is read as any letter, one has marks of its own. That
    //   refuses more names than are equal.
    // Not known: marks of other scripts, compatibility characters, one letter against two (ß and ss). There the file
    // system refuses the second name: an existing file is never opened for writing.
    [[nodiscard]] Status add(std::string_view name, ArchiveKind kind);

    // Whether `text`, of the link `name`, leads to a place in the archive's folder, and there through no other link.
    // Fails with invalid_input as above.
    [[nodiscard]] Status check_link(std::string_view name, std::string_view text) const;

private:
    using Key = std::pair<std::uint32_t, std::string>;  // the folder that it lies in, and its folded name
    struct Node {
        std::uint32_t id;
        std::string name;
        ArchiveKind kind;
        bool is_entry;
    };
    struct Form {
        std::string name;
        bool has_marks;
    };

    [[nodiscard]] Status check_form(std::uint32_t folder, std::string_view name, std::string_view folded);
    [[nodiscard]] const Node* find(std::string_view path) const;

    std::map<Key, Node> nodes_;
    std::map<Key, Form> forms_;  // of names that are not ASCII
};

}  // namespace gup
