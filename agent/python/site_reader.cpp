#include "python/site_reader.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "python/installed_record.hpp"
#include "python/metadata.hpp"

namespace gup {
namespace {

constexpr std::size_t buffer_size = 64U << 10U;
constexpr std::size_t longest_fields = 256U << 10U;

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

}  // namespace

SiteReader::SiteReader(UniqueFd folder) : folder_(std::move(folder)), buffer_(buffer_size, '\0') {}

Result<SiteReader> SiteReader::open(const fs::path& folder) {
    UniqueFd fd(::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));  // NOLINT(*-vararg)
    if (!fd.valid()) return errno_error(errno, fmt::format("cannot open {}", folder.string()));
    return SiteReader(std::move(fd));
}

// O_NONBLOCK: a fifo must not block the run.
UniqueFd SiteReader::open_file(const std::string& name) const {
    return UniqueFd(::openat(folder_.get(), name.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));  // NOLINT(*-vararg)
}

FileHead SiteReader::read(const std::string& name, Extent extent) {
    const UniqueFd file = open_file(name);
    if (!file.valid() && is_absence(errno)) return {};
    const ssize_t count = file.valid() ? read_some(file.get(), buffer_.data(), buffer_size) : -1;
    if (count < 0) return {ReadState::failed, {}, true, errno_error(errno, name).message};
    auto size = static_cast<std::size_t>(count);
    bool whole = size < buffer_size;
    if (!whole && extent == Extent::fields && !has_all_fields(std::string_view(buffer_).substr(0, size))) {
        buffer_.resize(longest_fields);
        const ssize_t more = read_some(file.get(), buffer_.data() + size, buffer_.size() - size);
        if (more < 0) return {ReadState::failed, {}, true, errno_error(errno, name).message};
        size += static_cast<std::size_t>(more);
        whole = size < buffer_.size();
    }
    return {ReadState::read, std::string_view(buffer_).substr(0, size), whole, {}};
}

SiteReader::Row SiteReader::find_row(const std::string& name, std::string_view start) {
    const UniqueFd file = open_file(name);
    if (!file.valid()) return is_absence(errno) ? Row::no_file : Row::failed;
    // A row may begin in one block and end in the next, so the end of each block is kept, with the newline before it.
    std::size_t kept = 0;
    bool at_start = true;
    std::uint64_t total = 0;
    while (true) {
        const std::size_t room = buffer_.size() - kept;
        const ssize_t count = read_some(file.get(), buffer_.data() + kept, room);
        if (count < 0) return Row::failed;
        total += static_cast<std::uint64_t>(count);
        if (total > longest_record) return Row::too_long;
        const std::string_view text = std::string_view(buffer_).substr(0, kept + static_cast<std::size_t>(count));
        // Only the first byte of the file, not that of a later block, begins a line by itself.
        if (has_row(at_start ? text : text.substr(std::min(text.find('\n'), text.size())), start)) return Row::found;
        if (static_cast<std::size_t>(count) < room) return Row::absent;
        at_start = false;
        kept = std::min(text.size(), start.size() + 1);
        std::copy(text.end() - static_cast<std::ptrdiff_t>(kept), text.end(), buffer_.begin());
    }
}

}  // namespace gup
