// SPDX-License-Identifier: Apache-2.0
// RECORD of a dist-info folder ("Recording installed projects"): what was installed, as CSV rows of path, hash and
// size.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "util/result.hpp"
#include "util/sys/file.hpp"

namespace gup {

struct RecordRow {
    std::string path;  // relative to the parent of the dist-info, or absolute; '/' between its parts
    std::string hash;  // "sha256=…", base64 for URLs without padding; may be empty
    std::string size;  // in bytes, as written; may be empty
    friend bool operator==(const RecordRow&, const RecordRow&) = default;
};

// The rows in their order. Missing fields are empty; blank lines are ignored.
[[nodiscard]] std::vector<RecordRow> parse_record(std::string_view text);

// The largest packages have a tenth of this. A row takes more memory than its text.
inline constexpr std::uint64_t longest_record = std::uint64_t{16} << 20U;
inline constexpr std::size_t most_record_rows = 200'000;

// The rows of a RECORD. Fails with invalid_input if it is longer, or has more rows.
[[nodiscard]] Result<std::vector<RecordRow>> read_record(const fs::path& file);
// Fails as read_record when a RECORD of that size is not read.
[[nodiscard]] Status check_record_size(const fs::path& file, std::uint64_t size);
// In the form of Python's csv module, with "\n" at each end.
[[nodiscard]] std::string format_record(const std::vector<RecordRow>& rows);

// The path of the row's file, for a dist-info folder in `site`. Ignores links.
[[nodiscard]] fs::path path_of(const RecordRow& row, const fs::path& site);

// "sha256=…" of `content`, in the form of a row.
[[nodiscard]] std::string record_hash(std::string_view content);

}  // namespace gup
