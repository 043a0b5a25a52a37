// SPDX-License-Identifier: Apache-2.0
// The files of one revision: found, measured and checked, but not written yet.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "util/result.hpp"
#include "util/sys/file.hpp"

namespace gup {

class CodeTree {
public:
    CodeTree() = default;
    CodeTree(const CodeTree&) = delete;
    CodeTree& operator=(const CodeTree&) = delete;
    virtual ~CodeTree() = default;

    std::optional<std::string> gupfile;  // its content; nullopt: the revision has none
    std::int64_t time = 0;               // when the commit was made, seconds since the epoch; 0: not known
    std::uint64_t bytes = 0;             // of all files, written
    std::uint64_t files = 0;
    std::string folder_around;          // of an archive: core/release has the details; empty: none
    std::vector<std::string> left_out;  // worth a line in the log: submodules; what is neither file, folder nor link

    // The content of one file, of at most `limit` bytes; nullopt: the revision has none.
    [[nodiscard]] virtual Result<std::optional<std::string>> read(const std::string& path,
                                                                  std::uint64_t limit) const = 0;
    [[nodiscard]] virtual bool has_folder(const std::string& path) const = 0;
    // Its files into the empty folder `folder`, as the process's user, without those that `exclude` and .gitattributes
    // leave out. What was written is left when it fails.
    [[nodiscard]] virtual Status write_to(const fs::path& folder) const = 0;

    // Of a folder, whose content has no other name: a digest of its files, their modes and links. Empty for all others.
    [[nodiscard]] virtual Result<std::string> digest() const { return std::string(); }
    // Of a folder: the files that are another way in `written`, what write_to made once. "old.py (removed)".
    [[nodiscard]] virtual Result<std::vector<std::string>> differences(const fs::path&) const {
        return std::vector<std::string>();
    }
};

}  // namespace gup
