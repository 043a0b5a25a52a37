// SPDX-License-Identifier: Apache-2.0
#include "python/site_reader.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "python/installed_record.hpp"
#include "python/metadata.hpp"

namespace gup {
namespace {

constexpr std::size_t buffer_size = 64U << 10U;
constexpr std::size_t longest_fields = 256U << 10U;
constexpr std::size_t likely_place = 8U << 10U;  // of the row, from either end of a RECORD

ssize_t read_some(int fd, char* buffer, std::size_t size) {
    ssize_t count = 0;
    do {
        count = ::read(fd, buffer, size);
    } while (count < 0 && errno == EINTR);
    return count;
}

bool is_absence(int number) {
    return number == ENOENT || number == ENOTDIR;
}

bool has_row(std::string_view text, std::string_view start) {
    for (auto at = text.find(start); at != std::string_view::npos; at = text.find(start, at + 1)) {
        if (at == 0 || text[at - 1] == '\n') return true;
    }
    return false;
}

// Without its first line, which may have begun before it; the newline stays.
std::string_view without_first_line(std::string_view text) {
    return text.substr(std::min(text.find('\n'), text.size()));
}

}  // namespace

SiteReader::SiteReader(std::shared_ptr<const UniqueFd> folder)
    : folder_(std::move(folder)), buffer_(std::make_unique_for_overwrite<char[]>(buffer_size)) {}

Result<SiteReader> SiteReader::open(const fs::path& folder) {
    UniqueFd fd(::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));  // NOLINT(*-vararg)
    if (!fd.valid()) return errno_error(errno, fmt::format("cannot open {}", folder.string()));
    return SiteReader(std::make_shared<const UniqueFd>(std::move(fd)));
}

// O_NONBLOCK: a fifo must not block the run.
UniqueFd SiteReader::open_file(const std::string& name) const {
    return UniqueFd(::openat(folder_->get(), name.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));  // NOLINT(*-vararg)
}

FileHead SiteReader::read(const std::string& name, Extent extent) {
    const UniqueFd file = open_file(name);
    if (!file.valid() && is_absence(errno)) return {};
    ssize_t count = file.valid() ? read_some(file.get(), buffer_.get(), buffer_size) : -1;
    if (count < 0) return {ReadState::failed, {}, true, errno_error(errno, name).message};
    std::string_view text(buffer_.get(), static_cast<std::size_t>(count));
    if (text.size() < buffer_size) return {ReadState::read, text, true, {}};
    if (extent == Extent::head || has_all_fields(text)) return {ReadState::read, text, false, {}};
    if (longer_buffer_ == nullptr) longer_buffer_ = std::make_unique_for_overwrite<char[]>(longest_fields);
    std::memcpy(longer_buffer_.get(), text.data(), text.size());
    count = read_some(file.get(), longer_buffer_.get() + buffer_size, longest_fields - buffer_size);
    if (count < 0) return {ReadState::failed, {}, true, errno_error(errno, name).message};
    text = {longer_buffer_.get(), buffer_size + static_cast<std::size_t>(count)};
    return {ReadState::read, text, text.size() < longest_fields, {}};
}

// Pip and uv sort the rows, so this one is mostly among the first. Other installers add it as one of the last.
SiteReader::Row SiteReader::find_row(const std::string& name, std::string_view start) {
    const UniqueFd file = open_file(name);
    if (!file.valid()) return is_absence(errno) ? Row::no_file : Row::failed;
    const ssize_t count = read_some(file.get(), buffer_.get(), likely_place);
    if (count < 0) return Row::failed;
    const std::string_view text(buffer_.get(), static_cast<std::size_t>(count));
    if (has_row(text, start)) return Row::found;
    if (text.size() < likely_place) return Row::absent;
    if (ends_with_row(file.get(), start)) return Row::found;
    return find_row_in_all(file.get(), start);
}

bool SiteReader::ends_with_row(int file, std::string_view start) {
    const off_t size = ::lseek(file, 0, SEEK_END);
    constexpr auto place = static_cast<off_t>(likely_place);
    if (size < place || static_cast<std::uint64_t>(size) > longest_record) return false;
    const ssize_t count = ::pread(file, buffer_.get(), likely_place, size - place);
    return count > 0 && has_row(without_first_line({buffer_.get(), static_cast<std::size_t>(count)}), start);
}

SiteReader::Row SiteReader::find_row_in_all(int file, std::string_view start) {
    if (::lseek(file, 0, SEEK_SET) != 0) return Row::failed;
    // A row may begin in one block and end in the next, so the end of each block is kept, with the newline before it.
    std::size_t kept = 0;
    bool at_start = true;
    std::uint64_t total = 0;
    while (true) {
        const std::size_t room = buffer_size - kept;
        const ssize_t count = read_some(file, buffer_.get() + kept, room);
        if (count < 0) return Row::failed;
        total += static_cast<std::uint64_t>(count);
        if (total > longest_record) return Row::too_long;
        const std::string_view text(buffer_.get(), kept + static_cast<std::size_t>(count));
        // Only the first byte of the file, not that of a later block, begins a line by itself.
        if (has_row(at_start ? text : without_first_line(text), start)) return Row::found;
        if (static_cast<std::size_t>(count) < room) return Row::absent;
        at_start = false;
        kept = std::min(text.size(), start.size() + 1);
        std::memmove(buffer_.get(), text.data() + text.size() - kept, kept);
    }
}

}  // namespace gup
