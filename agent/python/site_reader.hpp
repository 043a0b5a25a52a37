// SPDX-License-Identifier: Apache-2.0
// Small files below one open folder, read into one reused buffer.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "util/result.hpp"
#include "util/sys/file.hpp"

namespace gup {

enum class ReadState : std::uint8_t { read, missing, failed };

struct FileHead {
    ReadState state = ReadState::missing;
    std::string_view text;  // until the reader's next call
    bool whole = true;      // false: there is more
    std::string problem;    // when failed
};

// For one thread. A copy reads the same folder into a buffer of its own.
class SiteReader {
public:
    [[nodiscard]] static Result<SiteReader> open(const fs::path& folder);
    SiteReader(const SiteReader& other) : SiteReader(other.folder_) {}
    SiteReader(SiteReader&&) noexcept = default;
    SiteReader& operator=(const SiteReader&) = delete;
    SiteReader& operator=(SiteReader&&) = delete;
    ~SiteReader() = default;

    // The first 64 KiB, with one read(2).
    [[nodiscard]] FileHead head(const std::string& name) { return read(name, Extent::head); }
    // The same, and up to 256 KiB when the fields of a METADATA do not end before.
    [[nodiscard]] FileHead fields(const std::string& name) { return read(name, Extent::fields); }

    enum class Row : std::uint8_t { found, absent, no_file, failed, too_long };
    // Whether a line of the file begins with `start`. Reads its first 8 KiB, then its last, and then all of it up to the
    // first such line, but at most longest_record.
    [[nodiscard]] Row find_row(const std::string& name, std::string_view start);

private:
    enum class Extent : std::uint8_t { head, fields };

    explicit SiteReader(std::shared_ptr<const UniqueFd> folder);
    [[nodiscard]] FileHead read(const std::string& name, Extent extent);
    [[nodiscard]] UniqueFd open_file(const std::string& name) const;
    [[nodiscard]] bool ends_with_row(int file, std::string_view start);
    [[nodiscard]] Row find_row_in_all(int file, std::string_view start);

    std::shared_ptr<const UniqueFd> folder_;
    std::unique_ptr<char[]> buffer_;
    std::unique_ptr<char[]> longer_buffer_;  // for long fields, which are rare
};

}  // namespace gup
