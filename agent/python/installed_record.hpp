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
    std::string path;  // relative to the folder that holds the dist-info, or absolute; '/' between its parts
    std::string hash;  // "sha256=…", base64 for URLs without padding; may be empty
    std::string size;  // in bytes, as written; may be empty
    friend bool operator==(const RecordRow&, const RecordRow&) = default;
};

// The rows in their order. A row with too few fields has empty ones; blank lines are passed over.
[[nodiscard]] std::vector<RecordRow> parse_record(std::string_view text);
// As Python's csv module writes them, with "\n" at each end.
[[nodiscard]] std::string format_record(const std::vector<RecordRow>& rows);

// Where the row's file is, for a dist-info folder in `site`; links are not looked at.
[[nodiscard]] fs::path path_of(const RecordRow& row, const fs::path& site);

// "sha256=…" of `content`, as it stands in a row.
[[nodiscard]] std::string record_hash(std::string_view content);

// lib/python*/site-packages (lib64's too) below a virtualenv, each once, sorted.
[[nodiscard]] Result<std::vector<fs::path>> own_site_folders(const fs::path& virtualenv);

}  // namespace gup
