// SPDX-License-Identifier: Apache-2.0
// The file of the log. It may be a link, a pipe, a device, or the program's own output.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <optional>
#include <string_view>

#include "util/result.hpp"
#include "util/sys/file.hpp"

namespace gup::log {

// Appends to a file, and rotates it by size: gup.log becomes gup.1.log and so on. A link is followed, and the file that it
// leads to is rotated in its own folder. Only a plain file is rotated: no pipe, no device, and nothing behind
// /dev/stdout or a link of another user. A file with hard links, or one that cannot be renamed because it is a mount
// point, is copied and emptied, so that its other names have the new lines, too.
class LogFile {
public:
    struct Limits {
        std::uint64_t size = 0;  // bytes
        unsigned older = 0;      // rotated files
    };

    // Creates it, if necessary. A pipe needs a reader. Fails as open(2).
    [[nodiscard]] static Result<LogFile> open(const fs::path& path, const Limits& limits);

    // False when a person moved it away, or put another in its place.
    [[nodiscard]] bool is_in_place() const;

    // Appends the line, and rotates first if it would get too large. Fails as write(2).
    [[nodiscard]] Status write(std::string_view line);

    // Why it could not be rotated: it grows without limit. Empty once told.
    [[nodiscard]] std::optional<Error> take_problem();

private:
    LogFile(fs::path path, const Limits& limits) : path_(std::move(path)), limits_(limits) {}

    [[nodiscard]] Status rotate(const struct stat& info);
    [[nodiscard]] Status shift_older() const;
    [[nodiscard]] Status start_new(const struct stat& before);
    [[nodiscard]] Status copy_and_empty() const;
    [[nodiscard]] fs::path older(unsigned number) const;

    fs::path path_;
    Limits limits_;
    fs::path place_;  // of the plain file
    UniqueFd fd_;
    bool may_rotate_ = false;
    std::optional<Error> problem_;
};

}  // namespace gup::log
