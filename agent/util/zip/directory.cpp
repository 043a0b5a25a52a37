// SPDX-License-Identifier: Apache-2.0
#include "util/zip/directory.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <optional>

#include "util/printable.hpp"
#include "util/units.hpp"
#include "util/zip/format.hpp"

namespace gup {
namespace zip {
namespace {

// The end with the longest comment.
constexpr std::uint64_t longest_tail = end_length + 0xFFFF;
constexpr std::uint64_t longest_list = 64 * mebibyte;
// With its mark and 64 bit sizes.
constexpr std::uint64_t longest_descriptor = 24;

// The content of the first extra field with that number; nullopt: none. A field that is longer than the rest ends the
// search.
std::optional<std::string_view> extra_field(std::string_view extra, std::uint16_t wanted) {
    while (extra.size() >= 4) {
        const Numbers head(extra);
        const std::size_t length = head.two(2);
        if (length > extra.size() - 4) return std::nullopt;
        if (head.two(0) == wanted) return extra.substr(4, length);
        extra.remove_prefix(4 + length);
    }
    return std::nullopt;
}

// Zip64 (4.5.3): sizes and offsets that do not fit are in an extra field, in this order. False: one is missing.
bool widen(Header& header) {
    std::string_view rest = extra_field(header.extra, 0x0001).value_or(std::string_view());
    for (std::uint64_t* field : {&header.size, &header.packed, &header.offset}) {
        if (*field != in_64_bits) continue;
        if (rest.size() < 8) return false;
        *field = Numbers(rest).eight(0);
        rest.remove_prefix(8);
    }
    return true;
}

// For people.
std::string method_name(std::uint16_t method) {
    constexpr std::array<std::pair<std::uint16_t, std::string_view>, 6> names{
        {{9, "deflate64"}, {12, "bzip2"}, {14, "LZMA"}, {93, "zstd"}, {95, "xz"}, {99, "AES encryption"}}};
    for (const auto& [number, name] : names) {
        if (number == method) return std::string(name);
    }
    return fmt::format("number {}", method);
}

std::string_view kind_name(std::uint32_t type) {
    switch (type) {
        case S_IFIFO:
            return "a fifo";
        case S_IFSOCK:
            return "a socket";
        case S_IFCHR:
        case S_IFBLK:
            return "a device file";
        default:
            return "of an unknown kind";
    }
}

struct DirectoryPlace {
    std::uint64_t offset = 0;
    std::uint64_t length = 0;
    std::uint64_t entries = 0;
    std::uint64_t end = 0;  // what follows it
};

class ZipAudit {
public:
    ZipAudit(int fd, const fs::path& file) : fd_(fd), file_(file) {}

    Result<std::vector<ArchiveEntry>> run(std::uint64_t most) {
        struct stat info {};
        if (::fstat(fd_, &info) != 0) return detail::error_for("cannot read", file_);
        size_ = static_cast<std::uint64_t>(info.st_size);
        GUP_TRY(const DirectoryPlace place, find_directory());
        if (place.entries > most) {
            return Error{ErrorCode::invalid_input,
                         fmt::format("{}: it has {} entries, more than {}", file_.string(), place.entries, most),
                         {}};
        }
        GUP_TRY(std::vector<ArchiveEntry> entries, read_directory(place));
        std::sort(entries.begin(), entries.end(),
                  [](const ArchiveEntry& left, const ArchiveEntry& right) { return left.offset < right.offset; });
        GUP_CHECK(check_places(entries, place));
        return entries;
    }

private:
    [[nodiscard]] Error damaged(std::string_view reason) const {
        return {ErrorCode::corrupt, fmt::format("{}: {}", file_.string(), reason),
                "it may be cut off, or not be what its author uploaded; unzip -t tells more"};
    }
    [[nodiscard]] Error entry_damaged(std::string_view name, std::string_view reason) const {
        return entry_error(ErrorCode::corrupt, file_, name, reason);
    }
    [[nodiscard]] Error entry_unsupported(std::string_view name, std::string_view reason) const {
        return entry_error(ErrorCode::unsupported, file_, name, reason);
    }

    Result<std::string> bytes_at(std::uint64_t offset, std::uint64_t length) const {
        if (offset > size_ || length > size_ - offset) return damaged("it points past its own end");
        std::string bytes(static_cast<std::size_t>(length), '\0');
        std::size_t done = 0;
        while (done < bytes.size()) {
            const ssize_t got =
                ::pread(fd_, bytes.data() + done, bytes.size() - done, static_cast<off_t>(offset + done));
            if (got < 0 && errno == EINTR) continue;
            if (got < 0) return detail::error_for("cannot read", file_);
            if (got == 0) return damaged("it became shorter while it was read");
            done += static_cast<std::size_t>(got);
        }
        return bytes;
    }

    Status check_beginning() const {
        GUP_TRY(const std::string beginning, bytes_at(0, std::min<std::uint64_t>(size_, 64)));
        if (beginning.starts_with(local_mark) || beginning.starts_with(end_mark)) return {};
        if (beginning.empty()) return Error{ErrorCode::protocol, file_.string() + " is empty: not a zip archive", {}};
        return Error{ErrorCode::protocol,
                     fmt::format("{} is not a zip archive: it begins with '{}'", file_.string(),
                                 printable(std::string_view(beginning).substr(0, beginning.find('\n')))),
                     beginning.starts_with('<') ? "a web page came instead: a login, or an error of the server" : ""};
    }

    Result<DirectoryPlace> find_directory() const {
        GUP_CHECK(check_beginning());
        const std::uint64_t tail_length = std::min(size_, longest_tail);
        GUP_TRY(const std::string tail, bytes_at(size_ - tail_length, tail_length));
        const auto found =
            tail.size() < end_length ? std::string::npos : tail.rfind(end_mark, tail.size() - end_length);
        if (found == std::string::npos) return damaged("it is cut off: the list of its files is missing");
        const Numbers end(std::string_view(tail).substr(found, end_length));
        const std::size_t closed = found + end_length + end.two(20);
        if (closed > tail.size()) return damaged("it is cut off in its last line");
        if (closed < tail.size()) {
            return damaged(
                fmt::format("{} follow its end, which may hide another archive", format_size(tail.size() - closed)));
        }
        if (end.two(4) != 0 || end.two(6) != 0 || end.two(8) != end.two(10)) {
            return Error{ErrorCode::unsupported, file_.string() + ": it is one of several volumes", {}};
        }
        DirectoryPlace place{end.four(16), end.four(12), end.two(10), size_ - tail_length + found};
        GUP_CHECK(widen_place(place));
        if (place.offset > place.end || place.length != place.end - place.offset) {
            return damaged("the list of its files is not where its end says");
        }
        if (place.length > longest_list) return damaged("the list of its files is impossibly long");
        return place;
    }

    // The end of zip64 (4.3.14) and what leads to it lie between the list and the end.
    Status widen_place(DirectoryPlace& place) const {
        const bool is_wanted =
            place.offset == in_64_bits || place.length == in_64_bits || place.entries == entries_in_64_bits;
        std::string locator;
        if (place.end >= locator_length) {
            GUP_TRY(locator, bytes_at(place.end - locator_length, locator_length));
        }
        if (!locator.starts_with(locator_mark)) {
            // Exactly so many entries may be meant.
            return place.offset == in_64_bits || place.length == in_64_bits
                       ? Status(damaged("its zip64 end is missing"))
                       : Status();
        }
        const std::uint64_t offset = Numbers(locator).eight(8);
        if (offset > place.end - locator_length || place.end - locator_length - offset < end64_length) {
            return damaged("its zip64 end is not where it says");
        }
        GUP_TRY(const std::string bytes, bytes_at(offset, end64_length));
        const Numbers end(bytes);
        if (!std::string_view(bytes).starts_with(end64_mark) ||
            end.eight(4) != place.end - locator_length - offset - 12) {
            return damaged("its zip64 end is not where it says");
        }
        const DirectoryPlace wide{end.eight(48), end.eight(40), end.eight(32), offset};
        const bool agrees = (place.offset == in_64_bits || place.offset == wide.offset) &&
                            (place.length == in_64_bits || place.length == wide.length) &&
                            (place.entries == entries_in_64_bits || place.entries == wide.entries);
        if (!agrees || end.four(16) != 0 || end.four(20) != 0 || end.eight(24) != wide.entries) {
            return damaged(is_wanted ? "its zip64 end lies" : "its two ends disagree");
        }
        place = wide;
        return {};
    }

    Result<std::vector<ArchiveEntry>> read_directory(const DirectoryPlace& place) const {
        GUP_TRY(const std::string list, bytes_at(place.offset, place.length));
        std::string_view rest = list;
        std::vector<ArchiveEntry> entries;
        while (!rest.empty()) {
            if (rest.size() < central_length || !rest.starts_with(central_mark)) {
                return damaged("the list of its files is damaged");
            }
            const Numbers numbers(rest);
            const std::size_t name = numbers.two(28);
            const std::size_t extra = numbers.two(30);
            const std::size_t length = central_length + name + extra + numbers.two(32);
            if (length > rest.size() || entries.size() == place.entries)
                return damaged("the list of its files is damaged");
            Header header{numbers.two(8),
                          numbers.two(10),
                          numbers.four(16),
                          numbers.four(20),
                          numbers.four(24),
                          numbers.four(42),
                          {},
                          {}};
            header.name = rest.substr(central_length, name);
            header.extra = rest.substr(central_length + name, extra);
            GUP_TRY(ArchiveEntry entry, entry_of(header, numbers));
            entries.push_back(std::move(entry));
            rest.remove_prefix(length);
        }
        if (entries.size() != place.entries) {
            return damaged(fmt::format("it says that it has {} entries, and has {}", place.entries, entries.size()));
        }
        return entries;
    }

    Result<ArchiveEntry> entry_of(Header& header, const Numbers& central) const {
        if (!widen(header)) return entry_damaged(header.name, "has no zip64 sizes");
        GUP_CHECK(check_is_readable(header));
        ArchiveEntry entry;
        entry.name = header.name;
        entry.is_deflated = header.method == 8;
        entry.crc32 = header.crc32;
        entry.packed = header.packed;
        entry.size = header.size;
        entry.offset = header.offset;
        entry.has_descriptor = (header.flags & flag_descriptor) != 0;
        GUP_CHECK(set_kind(entry, header, central));
        GUP_CHECK(compare_with_local(entry, header));
        if (entry.kind == ArchiveKind::folder) {
            if (entry.size != 0) return entry_damaged(entry.name, "is a folder with content");
            entry.name.pop_back();
        }
        return entry;
    }

    Status check_is_readable(const Header& header) const {
        if ((header.flags & (flag_encrypted | flag_strongly_encrypted | flag_hidden_list)) != 0) {
            return entry_unsupported(header.name, "is encrypted");
        }
        if (header.method != 0 && header.method != 8) {
            return entry_unsupported(header.name, fmt::format("is packed with an unsupported method ({})",
                                                              method_name(header.method)))
                .with_hint("use deflate, the default of every zip program");
        }
        if (header.method == 0 && header.packed != header.size) {
            return entry_damaged(header.name, "is stored as it is, with two sizes");
        }
        // PKWARE's field for Unix has behind its 12 bytes what a hard link, or a device, leads to.
        if (const auto unix = extra_field(header.extra, 0x000D); unix && unix->size() > 12) {
            return entry_unsupported(header.name, "is a hard link or a device file");
        }
        // Info-ZIP's Unicode path: a version, a checksum and the name.
        if (const auto path = extra_field(header.extra, 0x7075);
            path && path->size() >= 5 && path->substr(5) != header.name) {
            return entry_damaged(header.name, fmt::format("has a second name, '{}'", printable(path->substr(5))));
        }
        return {};
    }

    // By the file mode where the archive was made on Unix, else by the slash.
    Status set_kind(ArchiveEntry& entry, const Header& header, const Numbers& central) const {
        constexpr std::uint32_t made_on_dos = 0;
        constexpr std::uint32_t made_on_unix = 3;
        constexpr std::uint32_t dos_folder = 0x10;
        const std::uint32_t system = central.two(4) >> 8U;
        const std::uint32_t attributes = central.four(38);
        const std::uint32_t mode = system == made_on_unix ? attributes >> 16U : 0;
        const std::uint32_t type = mode & S_IFMT;
        const bool has_slash = header.name.ends_with('/');
        bool is_folder = type == S_IFDIR || (system == made_on_dos && (attributes & dos_folder) != 0);
        if (type != 0 && type != S_IFREG && type != S_IFDIR && type != S_IFLNK) {
            return entry_unsupported(entry.name, fmt::format("is {}", kind_name(type)));
        }
        if (has_slash && type == S_IFLNK) return entry_damaged(entry.name, "is a folder by its name, and a link");
        if (is_folder && !has_slash) return entry_damaged(entry.name, "is a folder, and a file by its name");
        entry.kind = has_slash ? ArchiveKind::folder : type == S_IFLNK ? ArchiveKind::link : ArchiveKind::file;
        entry.is_executable = (mode & S_IXUSR) != 0;
        return {};
    }

    Status compare_with_local(ArchiveEntry& entry, const Header& central) const {
        GUP_TRY(const std::string head, bytes_at(entry.offset, local_length));
        if (!std::string_view(head).starts_with(local_mark))
            return entry_damaged(entry.name, "is not where the list says");
        const Numbers numbers(head);
        const std::size_t name_length = numbers.two(26);
        GUP_TRY(const std::string names, bytes_at(entry.offset + local_length, name_length + numbers.two(28)));
        Header local{numbers.two(6), numbers.two(8), numbers.four(14), numbers.four(18), numbers.four(22), 0, {}, {}};
        local.name = std::string_view(names).substr(0, name_length);
        local.extra = std::string_view(names).substr(name_length);
        if (local.name != central.name) {
            return entry_damaged(entry.name, fmt::format("is called '{}' in its own header", printable(local.name)));
        }
        GUP_CHECK(check_is_readable(local_sizes_of(local, central)));
        const bool agrees = widen(local) && local.method == central.method && says_the_same(local, central);
        if (!agrees) return entry_damaged(entry.name, "differs between the list and its own header");
        entry.end = entry.offset + local_length + names.size();
        if (entry.packed > size_ || entry.end > size_ - entry.packed) return entry_damaged(entry.name, "is cut off");
        entry.end += entry.packed;
        return {};
    }

    // For the questions that the sizes of the list answer.
    static Header local_sizes_of(const Header& local, const Header& central) {
        Header header = local;
        header.packed = central.packed;
        header.size = central.size;
        return header;
    }

    // With a descriptor the numbers may stand behind the data instead (4.4.4).
    static bool says_the_same(const Header& local, const Header& central) {
        const bool may_be_missing = (local.flags & flag_descriptor) != 0;
        const auto same = [&](std::uint64_t here, std::uint64_t there) {
            return here == there || (may_be_missing && here == 0);
        };
        return same(local.crc32, central.crc32) && same(local.packed, central.packed) && same(local.size, central.size);
    }

    // Each byte before the list belongs to one entry.
    Status check_places(const std::vector<ArchiveEntry>& entries, const DirectoryPlace& place) const {
        std::uint64_t end = 0;
        const ArchiveEntry* before = nullptr;
        for (const ArchiveEntry& entry : entries) {
            if (entry.offset < end) {
                return entry_damaged(entry.name, fmt::format("overlaps with '{}'", printable(before->name)));
            }
            GUP_CHECK(check_gap(before, end, entry.offset));
            end = entry.end;
            before = &entry;
        }
        if (place.offset < end) return entry_damaged(before->name, "overlaps with the list of the files");
        return check_gap(before, end, place.offset);
    }

    Status check_gap(const ArchiveEntry* before, std::uint64_t from, std::uint64_t to) const {
        const std::uint64_t allowed = before != nullptr && before->has_descriptor ? longest_descriptor : 0;
        if (to - from <= allowed) return {};
        return damaged(fmt::format("{} at byte {} belong to no file", format_size(to - from), from));
    }

    int fd_;
    const fs::path& file_;
    std::uint64_t size_ = 0;
};

}  // namespace
}  // namespace zip

Error entry_error(ErrorCode code, const fs::path& file, std::string_view name, std::string_view reason) {
    constexpr std::size_t longest_shown = 120;
    return {code,
            fmt::format("{}: the entry '{}' {}", file.string(), printable(name.substr(0, longest_shown)), reason),
            {}};
}

Result<std::vector<ArchiveEntry>> read_zip_directory(int fd, const fs::path& file, std::uint64_t most) {
    return zip::ZipAudit(fd, file).run(most);
}

}  // namespace gup
