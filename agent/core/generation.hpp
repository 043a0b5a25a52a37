// SPDX-License-Identifier: Apache-2.0
// A generation: one complete set of code and virtualenv that a connector can be rolled back to.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/declaration/requirement.hpp"

namespace gup {

// The connectors' generations are in <root>/.gup/<connector>/<id>, each with its record and maybe a virtualenv.
inline constexpr const char* generations_name = ".gup";
inline constexpr const char* generation_record_name = "generation.json";
inline constexpr const char* generation_virtualenv_name = ".venv";

// Suffix of a generation that records the state before the first update, or before a change by another person.
inline constexpr std::string_view before_suffix = "-before";

struct Generation {
    std::string id;             // its folder's name: "2026-11-21_02_00-main-e9b167f"
    std::int64_t sequence = 0;  // increases with each generation; clocks can go back
    std::int64_t time = 0;      // creation time, seconds since the epoch
    std::string connector;
    std::string branch;
    std::string commit;             // 40 digits
    std::string from_commit;        // the commit before
    std::string previous;           // the generation that it replaced; empty: unknown
    std::string virtualenv;         // absolute path of its virtualenv; empty: none
    std::vector<Requirement> pins;  // the pins of its gupfile
    std::string source;             // the source of its code, for people; empty: its repository, or a folder
    std::string etag;               // of an archive, from its server; empty, like `modified`, if the server sent none
    std::string modified;
    std::string folder{};    // that its code was copied from; empty: it is of a repository or an archive
    std::string content{};   // a digest of that code, as it was then
    std::string imported{};  // the folder that its files are links to; empty: it has its own files
};

// The running generation: the latest one with that commit and that virtualenv; nullptr if there is none, for example
// when the branch was moved.
[[nodiscard]] const Generation* find_current(const std::vector<Generation>& generations, std::string_view commit,
                                             std::string_view virtualenv);

// The default target of `rollback`: the generation that `current` replaced; if that no longer exists, the latest one
// before it. Without a current one, the latest of all. Nullptr if there is none.
[[nodiscard]] const Generation* find_before(const std::vector<Generation>& generations, const Generation* current);

[[nodiscard]] const Generation* find_generation(const std::vector<Generation>& generations, std::string_view id);

// The ids to remove so that `keep` generations stay. Never `current`, the one before it, one whose folder
// (<folder>/<id>) has the virtualenv of a kept one, or `live`, the running virtualenv.
struct PruneRequest {
    std::string folder;
    std::string live;
    std::size_t keep = 2;
};
[[nodiscard]] std::vector<std::string> choose_pruned(const std::vector<Generation>& generations,
                                                     const Generation* current, const PruneRequest& request);

// "use one of: a, b"; `none` if there is none.
[[nodiscard]] std::string known_ids(const std::vector<Generation>& generations, std::string_view none);

// The beginning of an id: "2026-11-21_02_00" of "2026-11-21T02:00:00", with or without an offset.
[[nodiscard]] std::string id_time(std::string_view time);
// `text` as a folder's name (a branch may have slashes).
[[nodiscard]] std::string folder_name_of(std::string_view text);
// True for a name that begins with a date. Other folders below .gup/<name> are not generations.
[[nodiscard]] bool is_generation_name(std::string_view name);

}  // namespace gup
