// SPDX-License-Identifier: Apache-2.0
// The crontab of this process's user: read, edited and written back with crontab(1).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "util/result.hpp"
#include "util/sys/file.hpp"

namespace gup {

// Its text; empty if the user has none. Fails when crontab(1) is missing or fails for another reason.
[[nodiscard]] Result<std::string> read_own_crontab();
// Keeps `before` as the file `backup`, then replaces the crontab. Fails before anything is changed, or with crontab's reason.
[[nodiscard]] Status write_own_crontab(const std::string& text, const std::string& before, const fs::path& backup);

struct CrontabChange {
    std::string before;
    std::string after;  // empty: the line is removed
};
struct CrontabEdit {
    std::string text;
    std::vector<CrontabChange> changes;
};

// Each line that starts client-connector-updater starts `program run` at the same time. With `is_started_already`, or after the
// first such line, it is removed: two of them would run twice a night.
[[nodiscard]] CrontabEdit replace_old_script(std::string_view text, const fs::path& program, bool is_started_already);
// Without the lines that start `program`.
[[nodiscard]] CrontabEdit remove_program(std::string_view text, const fs::path& program);

}  // namespace gup
