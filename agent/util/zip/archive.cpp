// SPDX-License-Identifier: Apache-2.0
#include "util/zip/archive.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <climits>
#include <memory>
#include <set>
#include <vector>

#include "util/sys/signals.hpp"
#include "util/zip/directory.hpp"
#include "util/zip/entry_names.hpp"

namespace gup {

struct ZipArchive::State {
    struct Link {
        std::string name;
        std::string text;
    };
    fs::path file;
    UniqueFd fd{};
    std::vector<ArchiveEntry> entries{};  // without those that are left out
    ArchiveContents contents{};
    std::vector<Link> links{};
    std::set<std::string> tops{};  // the first folders of the archive

    [[nodiscard]] Error refused(const ArchiveEntry& entry, const Error& why) const {
        return entry_error(why.code, file, entry.name, why.message);
    }
    // The steps of open().
    Status read_directory(std::uint64_t most_entries);
    Status check_names(const ArchiveView& view, ArchivePaths& paths);
    void note_top(const ArchiveEntry& entry);
    static bool is_entered(ArchiveEntry& entry, const std::string& folder);
    Status check_sizes(const ArchiveLimits& limits);
    Status check_links(const ArchivePaths& paths);
};

namespace {

// Some text is packed to less than a two-hundredth; a bomb is worth its name only when it is large.
constexpr std::uint64_t harmless_bytes = 16 * mebibyte;

bool is_beyond(std::uint64_t size, std::uint64_t packed, std::uint64_t ratio) {
    return size > harmless_bytes && size / ratio > packed;
}

// ---- the content of the entries

class Unpacker {
public:
    Unpacker(const fs::path& file, const UniqueFd& fd) : file_(file), fd_(fd.get()) {}

    using Take = std::function<Status(std::string_view bytes)>;
    // Its content, held to the size and the checksum that the archive announces.
    Status read(const ArchiveEntry& entry, const Take& take) {
        std::uint64_t taken = 0;
        uLong sum = 0;
        const auto check_and_take = [&](std::string_view bytes) -> Status {
            if (bytes.size() > entry.size - taken) return damaged(entry, "has more bytes than it says");
            taken += bytes.size();
            sum = ::crc32(sum, reinterpret_cast<const Bytef*>(bytes.data()), static_cast<uInt>(bytes.size()));
            return take(bytes);
        };
        GUP_CHECK(entry.is_deflated ? inflate(entry, check_and_take) : each_block(entry, check_and_take));
        if (taken != entry.size) return damaged(entry, "has fewer bytes than it says");
        if (sum != entry.crc32) return damaged(entry, "is damaged: bad CRC");
        return {};
    }

    Result<std::string> read_all(const ArchiveEntry& entry) {
        std::string content;
        const auto keep = [&](std::string_view bytes) -> Status {
            content.append(bytes);
            return {};
        };
        GUP_CHECK(read(entry, keep));
        return content;
    }

    // Where it leads.
    Result<std::string> link_text(const ArchiveEntry& entry) {
        if (entry.size > PATH_MAX) return damaged(entry, "is a link with a text that is too long");
        GUP_TRY(std::string text, read_all(entry));
        if (text.find('\0') != std::string::npos) return damaged(entry, "is a link with a NUL in its text");
        return text;
    }

private:
    static constexpr std::size_t block = 64U << 10U;

    // Its packed bytes.
    Status each_block(const ArchiveEntry& entry, const Take& take) {
        for (std::uint64_t at = entry.end - entry.packed; at < entry.end;) {
            if (stop_requested()) return Error{ErrorCode::cancelled, "stopped", {}};
            const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(block, entry.end - at));
            const ssize_t got = ::pread(fd_, packed_.data(), size, static_cast<off_t>(at));
            if (got < 0 && errno == EINTR) continue;
            if (got < 0) return detail::error_for("cannot read", file_);
            if (got == 0) return damaged(entry, "became shorter while it was read");
            at += static_cast<std::uint64_t>(got);
            GUP_CHECK(take({packed_.data(), static_cast<std::size_t>(got)}));
        }
        return {};
    }

    Status inflate(const ArchiveEntry& entry, const Take& take) {
        z_stream stream{};
        if (::inflateInit2(&stream, -MAX_WBITS) != Z_OK) return Error{ErrorCode::failed, "no memory", {}};
        const std::unique_ptr<z_stream, int (*)(z_stream*)> end(&stream, ::inflateEnd);
        int code = Z_OK;
        const auto unpack = [&](std::string_view packed) -> Status {
            stream.next_in = reinterpret_cast<Bytef*>(packed_.data());
            stream.avail_in = static_cast<uInt>(packed.size());
            do {
                if (code == Z_STREAM_END) return damaged(entry, "is damaged: bytes follow its end");
                stream.next_out = reinterpret_cast<Bytef*>(unpacked_.data());
                stream.avail_out = static_cast<uInt>(unpacked_.size());
                code = ::inflate(&stream, Z_NO_FLUSH);
                if (code != Z_OK && code != Z_STREAM_END && code != Z_BUF_ERROR) {
                    return damaged(entry, fmt::format("is damaged: zlib error {}", code));
                }
                GUP_CHECK(take({unpacked_.data(), unpacked_.size() - stream.avail_out}));
            } while (stream.avail_in > 0 || stream.avail_out == 0);
            return {};
        };
        GUP_CHECK(each_block(entry, unpack));
        return code == Z_STREAM_END || entry.packed == 0 ? Status() : damaged(entry, "is damaged: it has no end");
    }

    [[nodiscard]] Error damaged(const ArchiveEntry& entry, std::string_view reason) const {
        return entry_error(ErrorCode::corrupt, file_, entry.name, reason);
    }

    const fs::path& file_;
    const int fd_;
    std::vector<char> packed_ = std::vector<char>(block);
    std::vector<char> unpacked_ = std::vector<char>(block);
};

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

    Status add_link(const std::string& path, const std::string& text) {
        GUP_TRY(const std::string name, enter_parent(path));
        if (::symlinkat(text.c_str(), place_.get(), name.c_str()) == 0) return {};
        return failure("cannot create", path);
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
                return failure("cannot create", path);
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

Status ZipArchive::State::read_directory(std::uint64_t most_entries) {
    fd.reset(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    if (!fd.valid()) return detail::error_for("cannot read", file);
    GUP_TRY(entries, read_zip_directory(fd.get(), file, most_entries));
    return {};
}

Status ZipArchive::State::check_names(const ArchiveView& view, ArchivePaths& paths) {
    std::vector<ArchiveEntry> kept;
    for (ArchiveEntry& entry : entries) {
        std::string plain = without_dots(entry.name, entry.kind);
        if (plain.empty() && entry.name.starts_with('.') && entry.kind == ArchiveKind::folder) continue;  // "./"
        Status checked = check_entry_name(plain);
        if (!checked.ok()) return refused(entry, checked.error());
        entry.name = std::move(plain);
        note_top(entry);
        if (!view.folder.empty() && !is_entered(entry, view.folder)) continue;
        if (view.skip && view.skip(entry.name)) continue;
        checked = paths.add(entry.name, entry.kind);
        if (!checked.ok()) return refused(entry, checked.error());
        kept.push_back(std::move(entry));
    }
    entries = std::move(kept);
    if (!entries.empty() || view.folder.empty()) return {};
    return Error{ErrorCode::not_found, fmt::format("{}: it has no folder {}", file.string(), view.folder),
                 tops.empty() ? "" : fmt::format("it has: {}", fmt::join(tops, ", "))};
}

// For the hint when the wanted folder is missing.
void ZipArchive::State::note_top(const ArchiveEntry& entry) {
    constexpr std::size_t most = 5;
    const auto slash = entry.name.find('/');
    const bool is_in_folder = slash != std::string::npos || entry.kind == ArchiveKind::folder;
    if (is_in_folder && tops.size() < most) tops.insert(entry.name.substr(0, slash));
}

// True for an entry below that folder, which becomes the archive's.
bool ZipArchive::State::is_entered(ArchiveEntry& entry, const std::string& folder) {
    if (!entry.name.starts_with(folder + "/")) return false;
    entry.name.erase(0, folder.size() + 1);
    return true;
}

Status ZipArchive::State::check_sizes(const ArchiveLimits& limits) {
    std::uint64_t packed = 0;
    const auto too_large = [&](std::string_view what) {
        return Error{ErrorCode::invalid_input, fmt::format("{}: {}", file.string(), what), "it may be a zip bomb"};
    };
    for (const ArchiveEntry& entry : entries) {
        if (entry.kind == ArchiveKind::folder) {
            ++contents.folders;
            continue;
        }
        if (is_beyond(entry.size, entry.packed, limits.ratio)) {
            return entry_error(ErrorCode::invalid_input, file, entry.name,
                               fmt::format("unpacks to {}, more than {} times what it takes", format_size(entry.size),
                                           limits.ratio))
                .with_hint("it may be a zip bomb");
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
        return Error{ErrorCode::invalid_input, file.string() + ": it contains no file",
                     "check the build that uploads it"};
    }
    return {};
}

Status ZipArchive::State::check_links(const ArchivePaths& paths) {
    Unpacker unpacker(file, fd);
    for (const ArchiveEntry& entry : entries) {
        if (entry.kind != ArchiveKind::link) continue;
        GUP_TRY(std::string text, unpacker.link_text(entry));
        if (const Status checked = paths.check_link(entry.name, text); !checked.ok()) {
            return refused(entry, checked.error());
        }
        links.push_back({entry.name, std::move(text)});
    }
    return {};
}

ZipArchive::ZipArchive(std::unique_ptr<State> state) : state_(std::move(state)) {}
ZipArchive::ZipArchive(ZipArchive&&) noexcept = default;
ZipArchive& ZipArchive::operator=(ZipArchive&&) noexcept = default;
ZipArchive::~ZipArchive() = default;

Result<ZipArchive> ZipArchive::open(const fs::path& file, const ArchiveLimits& limits, const ArchiveView& view) {
    auto state = std::make_unique<State>(State{file});
    ArchivePaths paths;
    GUP_CHECK(state->read_directory(limits.entries));
    GUP_CHECK(state->check_names(view, paths));
    GUP_CHECK(state->check_sizes(limits));
    GUP_CHECK(state->check_links(paths));
    return ZipArchive(std::move(state));
}

void ZipArchive::leave_out(const std::function<bool(std::string_view path)>& is_left_out) {
    ArchiveContents& contents = state_->contents;
    std::erase_if(state_->entries, [&](const ArchiveEntry& entry) {
        const bool is_folder = entry.kind == ArchiveKind::folder;
        if (!is_left_out(is_folder ? entry.name + "/" : entry.name)) return false;
        (is_folder ? contents.folders : contents.files) -= 1;
        contents.bytes -= is_folder ? 0 : entry.size;
        return true;
    });
    std::erase_if(state_->links, [&](const State::Link& link) { return is_left_out(link.name); });
}

std::vector<std::string> ZipArchive::paths() const {
    std::vector<std::string> paths;
    for (const ArchiveEntry& entry : state_->entries) {
        paths.push_back(entry.kind == ArchiveKind::folder ? entry.name + "/" : entry.name);
    }
    return paths;
}

const ArchiveContents& ZipArchive::contents() const {
    return state_->contents;
}

Result<std::optional<std::string>> ZipArchive::read(std::string_view path, std::uint64_t limit) const {
    const auto& entries = state_->entries;
    const auto found =
        std::find_if(entries.begin(), entries.end(), [&](const ArchiveEntry& entry) { return entry.name == path; });
    if (found == entries.end()) return std::optional<std::string>{};
    if (found->kind != ArchiveKind::file) {
        return entry_error(ErrorCode::invalid_input, state_->file, path, "is not a file");
    }
    if (found->size > limit) return entry_error(ErrorCode::invalid_input, state_->file, path, "is too long");
    GUP_TRY(std::string content, Unpacker(state_->file, state_->fd).read_all(*found));
    return std::optional(std::move(content));
}

Status ZipArchive::extract(const fs::path& folder) const {
    Extraction extraction(folder);
    GUP_CHECK(extraction.begin());
    Unpacker unpacker(state_->file, state_->fd);
    for (const ArchiveEntry& entry : state_->entries) {
        if (entry.kind == ArchiveKind::folder) GUP_CHECK(extraction.add_folder(entry.name));
        if (entry.kind == ArchiveKind::file) GUP_CHECK(extraction.add_file(entry, unpacker));
    }
    for (const State::Link& link : state_->links) GUP_CHECK(extraction.add_link(link.name, link.text));
    return {};
}

}  // namespace gup
