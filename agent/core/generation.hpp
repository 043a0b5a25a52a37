// A generation: one complete pair of code and virtualenv, by which a connector can be brought back to it.
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

// Ends the id of a generation that says what was there before the first update, or before somebody else's change.
inline constexpr std::string_view before_suffix = "-before";

struct Generation {
    std::string id;             // its folder's name: "2026-11-21_02_00-main-e9b167f"
    std::int64_t sequence = 0;  // counts up: clocks go back
    std::int64_t time = 0;      // when it was made, seconds since the epoch
    std::string connector;
    std::string branch;
    std::string commit;             // 40 digits
    std::string from_commit;        // before it
    std::string previous;           // the generation that it took the place of; empty: none is known
    std::string virtualenv;         // absolute path of the virtualenv that runs with it; empty: none
    std::vector<Requirement> pins;  // of its gupfile
    std::string source;             // that its code is of, for people; empty: its repository, or a folder
    std::string etag;               // of an archive, as its server said it; empty, as the next: it did not
    std::string modified;
};

// What runs now: of all generations with that commit and that virtualenv the latest; nullptr when there is none, as
// when somebody moved the branch.
[[nodiscard]] const Generation* find_current(const std::vector<Generation>& generations, std::string_view commit,
                                             std::string_view virtualenv);

// The one that `rollback` goes back to without being told: what `current` took the place of; where that is gone, the
// latest before it. Without a current one the latest of all. Nullptr when there is none.
[[nodiscard]] const Generation* find_before(const std::vector<Generation>& generations, const Generation* current);

[[nodiscard]] const Generation* find_generation(const std::vector<Generation>& generations, std::string_view id);

// The ids that may go so that `keep` stay: never `current`, the one before it, one whose folder (<folder>/<id>) holds
// the virtualenv of one that stays, or `live`, the virtualenv that runs now.
struct PruneRequest {
    std::string folder;
    std::string live;
    std::size_t keep = 2;
};
[[nodiscard]] std::vector<std::string> choose_pruned(const std::vector<Generation>& generations,
                                                     const Generation* current, const PruneRequest& request);

// "there are: a, b"; `none` when there is none.
[[nodiscard]] std::string known_ids(const std::vector<Generation>& generations, std::string_view none);

// What ids begin with: "2026-11-21_02_00" of "2026-11-21T02:00:00", with or without an offset.
[[nodiscard]] std::string id_time(std::string_view time);
// A folder's name of `text` (a branch may have slashes).
[[nodiscard]] std::string folder_name_of(std::string_view text);
// Whether a folder of that name may be a generation's: it begins with a date. Others below .gup/<name> are not ours.
[[nodiscard]] bool is_generation_name(std::string_view name);

}  // namespace gup
