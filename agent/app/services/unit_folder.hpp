// SPDX-License-Identifier: Apache-2.0
// A folder of units that several writers share: which files are ours, and how they change all at once.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "util/result.hpp"
#include "util/sys/file.hpp"

namespace gup {

// Lists the files that generate-units made, by stack.
inline constexpr const char* unit_manifest_name = ".gup-units.json";

struct UnitManifest {
    std::map<std::string, std::set<std::string>> stacks;  // names relative to the folder

    // The stack that a file is of; empty: none.
    [[nodiscard]] std::string stack_of(const std::string& file) const;
};
// Empty when there is none. Fails with corrupt for a file of another form.
[[nodiscard]] Result<UnitManifest> read_manifest(const fs::path& folder);

struct WantedFile {
    std::string text;
    std::uint32_t mode = 0644;
    std::string stack;
};

struct UnitChanges {
    std::vector<std::string> made, changed, removed;  // sorted
    std::size_t unchanged = 0;

    [[nodiscard]] bool empty() const { return made.empty() && changed.empty() && removed.empty(); }
};

struct UnitUpdate {
    std::map<std::string, WantedFile> files;  // by name
    std::set<std::string> stacks;             // whose other files go
    std::set<std::string> kept;               // files of them that stay
};

// Compares; changes nothing. Fails with conflict for a file that somebody else made, or that is of another stack.
[[nodiscard]] Result<UnitChanges> compare_units(const fs::path& folder, const UnitManifest& manifest,
                                                const UnitUpdate& update);
// Writes everything next to the folder's files first, then renames: an error before that changes nothing.
[[nodiscard]] Status apply_units(const fs::path& folder, const UnitManifest& manifest, const UnitUpdate& update,
                                 const UnitChanges& changes);

}  // namespace gup
