// SPDX-License-Identifier: Apache-2.0
#include "python/installed_record.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "util/crypto/digest.hpp"

namespace gup {
namespace {

// Reads one field and the separator after it. Returns whether the row continues.
bool take_field(std::string_view& rest, std::string& field) {
    bool quoted = false;
    while (!rest.empty()) {
        const char c = rest.front();
        rest.remove_prefix(1);
        if (quoted && c == '"' && rest.starts_with('"')) {
            field += c;
            rest.remove_prefix(1);
        } else if (c == '"') {
            quoted = !quoted;
        } else if (!quoted && c == ',') {
            return true;
        } else if (!quoted && c == '\n') {
            return false;
        } else if (quoted || c != '\r') {
            field += c;
        }
    }
    return false;
}

std::string quoted_field(const std::string& field) {
    if (field.find_first_of(",\"\r\n") == std::string::npos) return field;
    std::string text = "\"";
    for (const char c : field) text += c == '"' ? std::string("\"\"") : std::string(1, c);
    return text + '"';
}

}  // namespace

std::vector<RecordRow> parse_record(std::string_view text) {
    std::vector<RecordRow> rows;
    while (!text.empty()) {
        RecordRow row;
        std::string rest;
        if (take_field(text, row.path) && take_field(text, row.hash) && take_field(text, row.size)) {
            while (take_field(text, rest)) rest.clear();
        }
        if (!row.path.empty()) rows.push_back(std::move(row));
    }
    return rows;
}

Status check_record_size(const fs::path& file, std::uint64_t size) {
    if (size <= longest_record) return {};
    return Error{ErrorCode::invalid_input,
                 fmt::format("{} has {} bytes, and at most {} are read", file.string(), size, longest_record),
                 fmt::format("remove {}: the package is installed again", file.parent_path().string())};
}

Result<std::vector<RecordRow>> read_record(const fs::path& file) {
    GUP_TRY(const auto info, file_info(file));
    if (info) GUP_CHECK(check_record_size(file, info->size));
    GUP_TRY(const std::string text, read_file(file, longest_record));
    if (static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')) >= most_record_rows) {
        return Error{ErrorCode::invalid_input, fmt::format("{} has more than {} rows", file.string(), most_record_rows),
                     fmt::format("remove {}: the package is installed again", file.parent_path().string())};
    }
    return parse_record(text);
}

std::string format_record(const std::vector<RecordRow>& rows) {
    std::string text;
    for (const RecordRow& row : rows) {
        text += quoted_field(row.path) + ',' + quoted_field(row.hash) + ',' + quoted_field(row.size) + '\n';
    }
    return text;
}

fs::path path_of(const RecordRow& row, const fs::path& site) {
    return (site / row.path).lexically_normal();
}

std::string record_hash(std::string_view content) {
    return "sha256=" + sha256_base64_of(content);
}

}  // namespace gup
