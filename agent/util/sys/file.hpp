// SPDX-License-Identifier: Apache-2.0
// Files as this program needs them: whole small files, atomic replacement, durable folders.
// POSIX underneath, because std::filesystem's times are 32 bit on armhf.
#pragma once

#include <cerrno>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "util/result.hpp"

namespace gup {

namespace fs = std::filesystem;

namespace detail {
// "<act> <path>: <what the errno says>".
[[nodiscard]] Error error_for(std::string_view act, const fs::path& path, int number = errno);
}  // namespace detail

// Owns a file descriptor; closes it at the end. -1 means none.
class UniqueFd {
public:
    UniqueFd() = default;
    explicit UniqueFd(int fd) noexcept : fd_(fd) {}
    UniqueFd(UniqueFd&& other) noexcept : fd_(other.release()) {}
    UniqueFd& operator=(UniqueFd&& other) noexcept;
    UniqueFd(const UniqueFd&) = delete;
    UniqueFd& operator=(const UniqueFd&) = delete;
    ~UniqueFd() { reset(); }

    [[nodiscard]] int get() const noexcept { return fd_; }
    [[nodiscard]] bool valid() const noexcept { return fd_ >= 0; }
    int release() noexcept;
    void reset(int fd = -1) noexcept;

private:
    int fd_ = -1;
};

enum class FileKind : std::uint8_t { regular, folder, link, other };

struct FileInfo {
    FileKind kind = FileKind::other;
    std::uint64_t size = 0;        // bytes
    std::int64_t modified_ns = 0;  // nanoseconds since the epoch, 64 bit on every target
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    std::uint32_t owner = 0;
    std::uint32_t group = 0;
    std::uint32_t mode = 0;  // permission bits
};

enum class Follow : bool { no, yes };

// The file at `path`; nullopt if there is none. Fails with every other error of stat(2).
[[nodiscard]] Result<std::optional<FileInfo>> file_info(const fs::path& path, Follow follow = Follow::yes);
// True when `path` is of that kind (links followed). False for errors.
[[nodiscard]] bool is_file(const fs::path& path);
[[nodiscard]] bool is_folder(const fs::path& path);
// The same without following a link at the end of the path: a real folder; any entry.
[[nodiscard]] bool is_real_folder(const fs::path& path);
[[nodiscard]] bool is_there(const fs::path& path);
// True for a regular file that the thread's effective user may execute.
[[nodiscard]] bool is_executable(const fs::path& path);

// True when `path` is `folder` or below it, by the text alone.
[[nodiscard]] bool is_below(const fs::path& path, const fs::path& folder);

// The whole content. Fails with not_found, and with invalid_input when it is longer than `limit` bytes.
[[nodiscard]] Result<std::string> read_file(const fs::path& path, std::uint64_t limit = 16U << 20U);
// The same of a file that somebody else may exchange for a link or a device, which is not opened then: invalid_input.
[[nodiscard]] Result<std::string> read_others_file(const fs::path& path, std::uint64_t limit);

// The same piece by piece, for content that does not have to be in memory. Only a regular file, links not followed;
// else invalid_input, or the error of open(2).
[[nodiscard]] Status read_pieces(const fs::path& path, const std::function<void(std::string_view)>& take);

// All of `content` to a descriptor. `path` is for the error: "cannot write <path>: …".
[[nodiscard]] Status write_all(int fd, std::string_view content, const fs::path& path);

// Replaces `path` by `content`: temporary name in the same folder, fsync, rename, fsync of the folder.
// After a crash at any moment `path` is whole, old or new. An existing file keeps its mode; a new one gets `mode`.
[[nodiscard]] Status write_file_atomically(const fs::path& path, std::string_view content, std::uint32_t mode = 0644);

// Removes files that a killed write_file_atomically left in `folder`. Does nothing for a missing folder.
void sweep_temporary_files(const fs::path& folder);

}  // namespace gup
