#include "util/zip/archive.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <memory>
#include <set>
#include <vector>

#include "util/sys/signals.hpp"
#include "util/zip/directory.hpp"
#include "util/zip/entry_names.hpp"

namespace gup {
namespace {

// Some text is packed to less than a two-hundredth; a bomb is worth its name only when it is large.
constexpr std::uint64_t harmless_bytes = 16 * mebibyte;

bool is_beyond(std::uint64_t size, std::uint64_t packed, std::uint64_t ratio) {
    return size > harmless_bytes && size / ratio > packed;
}

struct OpenedArchive {
    UniqueFd fd;
    std::vector<ArchiveEntry> entries;
};

Result<OpenedArchive> open_archive(const fs::path& file, std::uint64_t most_entries) {
    OpenedArchive opened;
    opened.fd.reset(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    if (!opened.fd.valid()) return detail::error_for("cannot read", file);
    GUP_TRY(opened.entries, read_zip_directory(opened.fd.get(), file, most_entries));
    return opened;
}

Status check_names(const fs::path& file, const OpenedArchive& opened, const SkipEntry& skip, ArchivePaths& paths) {
    for (const ArchiveEntry& entry : opened.entries) {
        Status checked = check_entry_name(entry.name);
        const bool is_skipped = checked.ok() && skip && skip(entry.name);
        if (checked.ok() && !is_skipped) checked = paths.add(entry.name, entry.kind);
        if (!checked.ok()) return entry_error(checked.error().code, file, entry.name, checked.error().message);
    }
    return {};
}

Result<ArchiveContents> check_sizes(const fs::path& file, const OpenedArchive& opened, const ArchiveLimits& limits,
                                    const SkipEntry& skip) {
    ArchiveContents contents;
    std::uint64_t packed = 0;
    const auto too_large = [&](std::string_view what) {
        return Error{ErrorCode::invalid_input, fmt::format("{}: {}", file.string(), what), "is it a zip bomb?"};
    };
    for (const ArchiveEntry& entry : opened.entries) {
        if (skip && skip(entry.name)) continue;
        if (entry.kind == ArchiveKind::folder) {
            ++contents.folders;
            continue;
        }
        if (is_beyond(entry.size, entry.packed, limits.ratio)) {
            return entry_error(ErrorCode::invalid_input, file, entry.name,
                               fmt::format("unpacks to {}, more than {} times what it takes", format_size(entry.size),
                                           limits.ratio))
                .with_hint("is it a zip bomb?");
        }
        if (entry.size > limits.bytes - contents.bytes) {
            return too_large(fmt::format("it unpacks to more than {}", format_size(limits.bytes)));
        }
        contents.bytes += entry.size;
        packed += entry.packed;
        ++contents.files;
    }
    if (is_beyond(contents.bytes, packed, limits.ratio)) {
        return too_large(fmt::format("it unpacks to {}, more than {} times what it takes", format_size(contents.bytes),
                                     limits.ratio));
    }
    if (contents.files == 0) {
        return Error{ErrorCode::invalid_input, file.string() + ": there is no file in it",
                     "is the build that uploads it whole?"};
    }
    return contents;
}

// ---- over libarchive

class Unpacker {
public:
    explicit Unpacker(const fs::path& file) : file_(file), archive_(::archive_read_new()) {}

    // Each entry in turn, until one fails or `visit` says that it has seen enough. Once.
    using Visit = std::function<Result<bool>(const ArchiveEntry& entry)>;
    Status each(const OpenedArchive& opened, const Visit& visit) {
        constexpr std::size_t block = 64U << 10U;
        archive* reader = archive_.get();
        if (reader == nullptr) return Error{ErrorCode::failed, "no memory", {}};
        ::archive_read_support_format_zip_seekable(reader);
        if (::lseek(opened.fd.get(), 0, SEEK_SET) != 0) return detail::error_for("cannot read", file_);
        if (::archive_read_open_fd(reader, opened.fd.get(), block) != ARCHIVE_OK) return failure();
        for (const ArchiveEntry& entry : opened.entries) {
            if (stop_requested()) return Error{ErrorCode::cancelled, "stopped", {}};
            const int code = ::archive_read_next_header(reader, &header_);
            // A warning is a name that is not in the locale's characters: names come from the list.
            if (code != ARCHIVE_OK && code != ARCHIVE_WARN) return failure(entry);
            GUP_CHECK(check_is_that(entry));
            GUP_TRY(const bool goes_on, visit(entry));
            if (!goes_on) return {};
        }
        return {};
    }

    // ---- of the entry that is visited

    using Take = std::function<Status(std::string_view bytes)>;
    // Its content, held to what the archive says of it.
    Status read(const ArchiveEntry& entry, const Take& take) {
        std::uint64_t taken = 0;
        for (;;) {
            if (stop_requested()) return Error{ErrorCode::cancelled, "stopped", {}};
            const void* data = nullptr;
            std::size_t length = 0;
            la_int64_t offset = 0;
            const int code = ::archive_read_data_block(archive_.get(), &data, &length, &offset);
            if (code == ARCHIVE_EOF) break;
            if (code != ARCHIVE_OK) return failure(entry);
            if (length > entry.size - taken) return damaged(entry, "has more bytes than it says");
            taken += length;
            if (length != 0) GUP_CHECK(take({static_cast<const char*>(data), length}));
        }
        if (taken != entry.size) return damaged(entry, "has fewer bytes than it says");
        return {};
    }

    // Where it leads. libarchive has read it with the header, and not looked at its checksum.
    Result<std::string> link_text(const ArchiveEntry& entry) const {
        const char* text = ::archive_entry_symlink(header_);
        const std::string_view found = text == nullptr ? std::string_view() : text;
        if (found.size() != entry.size) return damaged(entry, "is a link with a NUL in its text, or none");
        const uLong sum = ::crc32(0, reinterpret_cast<const Bytef*>(found.data()), static_cast<uInt>(found.size()));
        if (!found.empty() && sum != entry.crc32) return damaged(entry, "is damaged: its checksum is another one");
        return std::string(found);
    }

private:
    struct Close {
        void operator()(archive* reader) const { ::archive_read_free(reader); }
    };

    // Both read the same file; what they make of it must be the same as well.
    Status check_is_that(const ArchiveEntry& entry) const {
        const auto type = ::archive_entry_filetype(header_);
        const auto wanted = entry.kind == ArchiveKind::folder ? AE_IFDIR
                            : entry.kind == ArchiveKind::link ? AE_IFLNK
                                                              : AE_IFREG;
        const bool has_size = entry.kind != ArchiveKind::file ||
                              (::archive_entry_size_is_set(header_) != 0 &&
                               static_cast<std::uint64_t>(::archive_entry_size(header_)) == entry.size);
        if (type == wanted && has_size) return {};
        return damaged(entry, "is described in two ways that disagree");
    }

    [[nodiscard]] Error damaged(const ArchiveEntry& entry, std::string_view reason) const {
        return entry_error(ErrorCode::corrupt, file_, entry.name, reason);
    }
    [[nodiscard]] std::string reason() const {
        const char* text = ::archive_error_string(archive_.get());
        return text == nullptr ? "libarchive cannot read it" : text;
    }
    [[nodiscard]] ErrorCode code() const {
        return ::archive_errno(archive_.get()) == EIO ? ErrorCode::io : ErrorCode::corrupt;
    }
    [[nodiscard]] Error failure() const { return {code(), fmt::format("{}: {}", file_.string(), reason()), {}}; }
    [[nodiscard]] Error failure(const ArchiveEntry& entry) const {
        return entry_error(code(), file_, entry.name, fmt::format("is damaged: {}", reason()));
    }

    const fs::path& file_;
    std::unique_ptr<archive, Close> archive_;
    archive_entry* header_ = nullptr;  // libarchive's
};

struct FoundLink {
    std::string name;
    std::string text;
};

Result<FoundLink> checked_link_of(const fs::path& file, const Unpacker& unpacker, const ArchiveEntry& entry,
                                  const ArchivePaths& paths) {
    GUP_TRY(std::string text, unpacker.link_text(entry));
    const Status checked = paths.check_link(entry.name, text);
    if (!checked.ok()) return entry_error(checked.error().code, file, entry.name, checked.error().message);
    return FoundLink{entry.name, std::move(text)};
}

Result<std::vector<FoundLink>> check_links(const fs::path& file, const OpenedArchive& opened, const ArchivePaths& paths,
                                           const SkipEntry& skip) {
    std::vector<FoundLink> links;
    std::size_t left = 0;
    const auto counts = [&](const ArchiveEntry& entry) {
        return entry.kind == ArchiveKind::link && !(skip && skip(entry.name));
    };
    for (const ArchiveEntry& entry : opened.entries) left += counts(entry) ? 1U : 0U;
    if (left == 0) return links;
    Unpacker unpacker(file);
    const auto look = [&](const ArchiveEntry& entry) -> Result<bool> {
        if (!counts(entry)) return true;
        GUP_TRY(FoundLink link, checked_link_of(file, unpacker, entry, paths));
        links.push_back(std::move(link));
        return --left > 0;
    };
    GUP_CHECK(unpacker.each(opened, look));
    return links;
}

struct CheckedArchive {
    OpenedArchive opened;
    ArchiveContents contents;
    std::vector<FoundLink> links;
};

// All that can be said without unpacking.
Result<CheckedArchive> check_archive(const fs::path& file, const ArchiveLimits& limits, const SkipEntry& skip) {
    CheckedArchive checked;
    GUP_TRY(checked.opened, open_archive(file, limits.entries));
    ArchivePaths paths;
    GUP_CHECK(check_names(file, checked.opened, skip, paths));
    GUP_TRY(checked.contents, check_sizes(file, checked.opened, limits, skip));
    GUP_TRY(checked.links, check_links(file, checked.opened, paths, skip));
    return checked;
}

// ---- into a folder

class Extraction {
public:
    explicit Extraction(const fs::path& folder) : folder_(folder) {}

    Status begin() {
        root_.reset(::open(folder_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        return root_.valid() ? Status() : Status(detail::error_for("cannot open", folder_));
    }

    Status add_folder(const std::string& path) { return enter(path); }

    Status add_file(const ArchiveEntry& entry, Unpacker& unpacker) {
        GUP_TRY(const std::string name, enter_parent(entry.name));
        const mode_t mode = entry.is_executable ? 0755 : 0644;
        const UniqueFd fd(
            ::openat(place_.get(), name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode));
        if (!fd.valid()) return failure("cannot write", entry.name);
        const fs::path shown = folder_ / entry.name;
        return unpacker.read(entry, [&](std::string_view bytes) { return write_all(fd.get(), bytes, shown); });
    }

    Status add_link(const FoundLink& link) {
        GUP_TRY(const std::string name, enter_parent(link.name));
        if (::symlinkat(link.text.c_str(), place_.get(), name.c_str()) == 0) return {};
        return failure("cannot make", link.name);
    }

private:
    [[nodiscard]] Error failure(std::string_view act, std::string_view path) const {
        return detail::error_for(act, folder_ / path);
    }

    // The name that is left once the folders above it are there and open.
    Result<std::string> enter_parent(const std::string& path) {
        const auto slash = path.rfind('/');
        GUP_CHECK(enter(slash == std::string::npos ? std::string() : path.substr(0, slash)));
        return path.substr(slash == std::string::npos ? 0 : slash + 1);
    }

    // Opens the folder, made with those above it where it is not there yet, one name after the other and through no
    // link.
    Status enter(const std::string& path) {
        if (place_.valid() && path == entered_) return {};
        UniqueFd at(::openat(root_.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        for (std::size_t from = 0; from < path.size();) {
            const auto slash = std::min(path.find('/', from), path.size());
            const std::string part = path.substr(from, slash - from);
            if (made_.insert(path.substr(0, slash)).second && ::mkdirat(at.get(), part.c_str(), 0755) != 0) {
                return failure("cannot make", path);
            }
            at.reset(::openat(at.get(), part.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
            if (!at.valid()) return failure("cannot open", path);
            from = slash + 1;
        }
        if (!at.valid()) return failure("cannot open", path);
        place_ = std::move(at);
        entered_ = path;
        return {};
    }

    const fs::path& folder_;
    UniqueFd root_;
    UniqueFd place_;
    std::string entered_;
    std::set<std::string> made_;
};

}  // namespace

Result<ArchiveContents> inspect_archive(const fs::path& file, const ArchiveLimits& limits, const SkipEntry& skip) {
    GUP_TRY(const CheckedArchive checked, check_archive(file, limits, skip));
    return checked.contents;
}

Status extract_archive(const fs::path& file, const fs::path& folder, const ArchiveLimits& limits,
                       const SkipEntry& skip) {
    GUP_TRY(const CheckedArchive checked, check_archive(file, limits, skip));
    Extraction extraction(folder);
    GUP_CHECK(extraction.begin());
    Unpacker unpacker(file);
    const auto write = [&](const ArchiveEntry& entry) -> Result<bool> {
        if (skip && skip(entry.name)) return true;
        if (entry.kind == ArchiveKind::folder) GUP_CHECK(extraction.add_folder(entry.name));
        if (entry.kind == ArchiveKind::file) GUP_CHECK(extraction.add_file(entry, unpacker));
        return true;
    };
    GUP_CHECK(unpacker.each(checked.opened, write));
    for (const FoundLink& link : checked.links) GUP_CHECK(extraction.add_link(link));
    return {};
}

Result<std::optional<std::string>> read_archive_member(const fs::path& file, std::string_view path,
                                                       std::uint64_t limit) {
    GUP_TRY(const OpenedArchive opened, open_archive(file, ArchiveLimits{}.entries));
    const auto found = std::find_if(opened.entries.begin(), opened.entries.end(),
                                    [&](const ArchiveEntry& entry) { return entry.name == path; });
    if (found == opened.entries.end()) return std::optional<std::string>{};
    if (found->kind != ArchiveKind::file) return entry_error(ErrorCode::invalid_input, file, path, "is no file");
    if (found->size > limit) return entry_error(ErrorCode::invalid_input, file, path, "is too long");
    std::string content;
    const auto keep = [&](std::string_view bytes) -> Status {
        content.append(bytes);
        return {};
    };
    Unpacker unpacker(file);
    const auto look = [&](const ArchiveEntry& entry) -> Result<bool> {
        if (&entry != &*found) return true;
        GUP_CHECK(unpacker.read(entry, keep));
        return false;
    };
    GUP_CHECK(unpacker.each(opened, look));
    return std::optional(std::move(content));
}

}  // namespace gup
