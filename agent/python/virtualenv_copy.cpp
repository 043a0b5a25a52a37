// SPDX-License-Identifier: Apache-2.0
#include "python/virtualenv_copy.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <map>
#include <tuple>

#include "python/installed_record.hpp"
#include "python/pinned_prefix.hpp"
#include "python/site_packages.hpp"
#include "python/virtualenv_entry.hpp"
#include "python/virtualenv_links.hpp"
#include "util/sys/copy_content.hpp"
#include "util/sys/directory.hpp"
#include "util/sys/file_attributes.hpp"
#include "util/sys/symlink.hpp"

namespace gup {
namespace {

constexpr int deepest = 100;                       // nested folders; real virtualenvs have less than a tenth of it
constexpr std::uint64_t longest_text = 4U << 20U;  // of a text that may name the virtualenv; longer files are programs
constexpr std::uint64_t folder_bytes = 4096;       // the size of a folder, and the unused end of a file's last block
constexpr mode_t own_folder_mode = S_IRWXU;        // until it is complete

// Linux lets only a file's owner, or a user with write access, link it (fs.protected_hardlinks).
bool may_be_linked(const struct stat& status) {
    return status.st_uid == ::geteuid() || ::geteuid() == 0;
}

// A folder of the original and its copy.
struct FolderPair {
    const fs::path& from;
    const fs::path& to;
    int from_fd;
    int to_fd;
    EntryFolder kind;
    int depth;
};

Error copy_error(int number, const fs::path& path) {
    return errno_error(number, "cannot copy " + path.string());
}

Result<std::string> read_text(int folder, const std::string& name, const fs::path& path) {
    const UniqueFd fd(::openat(folder, name.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    if (!fd.valid()) return copy_error(errno, path);
    std::string text;
    std::array<char, 16384> buffer{};
    for (;;) {
        const ssize_t count = ::read(fd.get(), buffer.data(), buffer.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return copy_error(errno, path);
        if (count == 0) return text;
        text.append(buffer.data(), static_cast<std::size_t>(count));
        if (text.size() > longest_text) return Error{ErrorCode::conflict, path.string() + " grew meanwhile", {}};
    }
}

class VirtualenvCopier {
public:
    explicit VirtualenvCopier(const VirtualenvCopy& request)
        : request_(request),
          change_{request.other_names, (request.known_as.empty() ? request.to : request.known_as).string()} {
        change_.from.push_back(request.from.string());
    }

    Result<CopyReport> run() {
        GUP_TRY(const fs::path parent, real_path(request_.to.parent_path()));
        real_to_ = parent / request_.to.filename();
        const UniqueFd from(::open(request_.from.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW));
        if (!from.valid()) return copy_error(errno, request_.from);
        if (::mkdir(request_.to.c_str(), own_folder_mode) != 0) return copy_error(errno, request_.to);
        const UniqueFd to(::open(request_.to.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW));
        if (!to.valid()) return copy_error(errno, request_.to);
        GUP_CHECK(copy_folder({request_.from, request_.to, from.get(), to.get(), EntryFolder::root, 0}));
        GUP_CHECK(correct_records());
        GUP_CHECK(pin_prefix(request_.to));
        return std::move(report_);
    }

private:
    Status copy_folder(const FolderPair& pair) {
        GUP_TRY(const auto names, list_folder(fmt::format("/proc/self/fd/{}", pair.from_fd)));
        for (const std::string& name : names) GUP_CHECK(copy_entry(pair, name));
        struct stat status {};
        if (::fstat(pair.from_fd, &status) != 0) return copy_error(errno, pair.from);
        GUP_CHECK(take_over(pair.from_fd, pair.to_fd, status, pair.to));
        tell_lost_attributes(pair.from);
        return {};
    }

    void tell_lost_attributes(const fs::path& original) {
        if (lost_attributes_.empty()) return;
        report_.without_attributes.push_back(
            fmt::format("{} ({})", original.string(), fmt::join(lost_attributes_, ", ")));
    }

    // Everything that `cp -a` would take over besides the content. The owner comes before capabilities, which it removes.
    Status take_over(int from, int to, const struct stat& status, const fs::path& made) {
        GUP_TRY(const bool is_given, give_owner_and_mode(to, status, made));
        lost_attributes_ = copy_extended_attributes(from, to);
        // The copy of another user's file belongs to the copier, which must not get that user's rights.
        if (!is_given && (status.st_mode & S_ISUID) != 0) lost_attributes_.emplace_back("setuid");
        if (!is_given && (status.st_mode & S_ISGID) != 0) lost_attributes_.emplace_back("setgid");
        const std::array<timespec, 2> times{status.st_atim, status.st_mtim};
        return ::futimens(to, times.data()) == 0 ? Status{} : Status{copy_error(errno, made)};
    }

    Status copy_entry(const FolderPair& pair, const std::string& name) {
        struct stat status {};
        const EntryUse use = use_of(pair.kind, name);
        if (use == EntryUse::leave) return {};
        if (::fstatat(pair.from_fd, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
            return errno == ENOENT ? Status{} : copy_error(errno, pair.from / name);
        }
        if (S_ISDIR(status.st_mode)) return enter(pair, name);
        if (S_ISLNK(status.st_mode)) return copy_link(pair, name);
        if (!S_ISREG(status.st_mode)) {
            const Status made = make_node(pair.to_fd, name, status, pair.to / name);
            if (!made.ok()) report_.skipped.push_back((pair.from / name).string());
            return {};
        }
        if (status.st_nlink > 1 && link_to_first(pair, name, status)) return {};
        if (name == "RECORD") {
            GUP_CHECK(check_record_size(pair.from / name, static_cast<std::uint64_t>(status.st_size)));
        }
        const bool is_text = static_cast<std::uint64_t>(status.st_size) <= longest_text;
        if (use != EntryUse::share && use != EntryUse::copy && is_text) return copy_text(pair, name, status, use);
        if (use == EntryUse::share) {
            GUP_TRY(const bool is_linked, link_original(pair, name, status));
            if (is_linked) return {};
        }
        return copy_bytes(pair, name, status);
    }

    // False where hard links are not possible.
    Result<bool> link_original(const FolderPair& pair, const std::string& name, const struct stat& status) {
        if (!links_ || !may_be_linked(status)) return false;
        if (::linkat(pair.from_fd, name.c_str(), pair.to_fd, name.c_str(), 0) == 0) {
            ++report_.linked;
            return true;
        }
        if (errno == EXDEV) links_ = false;
        if (errno != EXDEV && errno != EPERM && errno != EMLINK && errno != EACCES) {
            return copy_error(errno, pair.from / name);
        }
        return false;
    }

    // Names of one file are names of one file in the copy, too.
    bool link_to_first(const FolderPair& pair, const std::string& name, const struct stat& status) {
        const auto [first, is_new] = firsts_.try_emplace({status.st_dev, status.st_ino}, pair.to / name);
        if (is_new || ::linkat(AT_FDCWD, first->second.c_str(), pair.to_fd, name.c_str(), 0) != 0) return false;
        const auto row = rewritten_.find(first->second.string());
        if (row != rewritten_.end()) rewritten_.insert_or_assign((pair.to / name).string(), row->second);
        return true;
    }

    Status enter(const FolderPair& pair, const std::string& name) {
        const fs::path from = pair.from / name;
        const fs::path to = pair.to / name;
        if (pair.depth >= deepest) return Error{ErrorCode::unsupported, from.string() + " is nested too deeply", {}};
        const UniqueFd from_fd(::openat(pair.from_fd, name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW));
        if (!from_fd.valid()) return copy_error(errno, from);
        if (::mkdirat(pair.to_fd, name.c_str(), own_folder_mode) != 0) return copy_error(errno, to);
        const UniqueFd to_fd(::openat(pair.to_fd, name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW));
        if (!to_fd.valid()) return copy_error(errno, to);
        return copy_folder({from, to, from_fd.get(), to_fd.get(), folder_below(pair.kind, name), pair.depth + 1});
    }

    Status copy_link(const FolderPair& pair, const std::string& name) {
        std::string target(PATH_MAX, '\0');
        const ssize_t size = ::readlinkat(pair.from_fd, name.c_str(), target.data(), target.size());
        if (size < 0) return copy_error(errno, pair.from / name);
        target.resize(static_cast<std::size_t>(size));
        target = moved_target(target, change_, moved(pair));
        if (::symlinkat(target.c_str(), pair.to_fd, name.c_str()) != 0) return copy_error(errno, pair.to / name);
        struct stat status {};
        if (::fstatat(pair.from_fd, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
            return copy_error(errno, pair.from / name);
        }
        std::ignore = ::fchownat(pair.to_fd, name.c_str(), status.st_uid, status.st_gid, AT_SYMLINK_NOFOLLOW);
        const std::array<timespec, 2> times{status.st_atim, status.st_mtim};
        (void)::utimensat(pair.to_fd, name.c_str(), times.data(), AT_SYMLINK_NOFOLLOW);
        return {};
    }

    // By the real path of the copy: the text of a relative link depends on it.
    [[nodiscard]] MovedFolder moved(const FolderPair& pair) const {
        const fs::path below = pair.from.lexically_relative(request_.from);
        return {pair.from, below == "." ? real_to_ : real_to_ / below, request_.from};
    }

    // The folder by its own path and by the others of the original, by which Python may be started: those first.
    [[nodiscard]] std::vector<MovedFolder> known_folders(const FolderPair& pair) const {
        std::vector<MovedFolder> folders;
        const fs::path below = pair.from.lexically_relative(request_.from);
        for (const std::string& name : request_.other_names) folders.push_back({name / below, {}, name});
        folders.push_back(moved(pair));
        return folders;
    }

    // A module with changed content gets the current time, so that no old .pyc matches it.
    Status copy_text(const FolderPair& pair, const std::string& name, const struct stat& status, EntryUse use) {
        GUP_TRY(const std::string text, read_text(pair.from_fd, name, pair.from / name));
        std::string changed = text;
        if (use == EntryUse::rewrite) {
            changed = with_prefix(text, change_);
        } else if (use == EntryUse::path_lines) {
            changed = path_lines_for_copy(text, change_, known_folders(pair));
        } else if (auto script = script_with_prefix(text, change_)) {
            changed = *std::move(script);
        }
        if (changed == text) return copy_bytes(pair, name, status);
        GUP_TRY(const UniqueFd fd, make_file(pair, name));
        GUP_CHECK(write_all(fd.get(), changed, pair.to / name));
        const UniqueFd from(::openat(pair.from_fd, name.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
        if (!from.valid()) return copy_error(errno, pair.from / name);
        GUP_CHECK(take_over(from.get(), fd.get(), status, pair.to / name));
        if (name.ends_with(".py") && ::futimens(fd.get(), nullptr) != 0) return copy_error(errno, pair.to / name);
        count(changed.size());
        rewritten_.insert_or_assign((pair.to / name).string(),
                                    RecordRow{{}, record_hash(changed), std::to_string(changed.size())});
        return {};
    }

    Status copy_bytes(const FolderPair& pair, const std::string& name, const struct stat& status) {
        const UniqueFd from(::openat(pair.from_fd, name.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
        if (!from.valid()) return copy_error(errno, pair.from / name);
        GUP_TRY(const UniqueFd to, make_file(pair, name));
        GUP_CHECK(copy_content(from, pair.from / name, to, pair.to / name));
        GUP_CHECK(take_over(from.get(), to.get(), status, pair.to / name));
        if (!lost_attributes_.empty()) return share_instead(pair, name, status);
        count(static_cast<std::uint64_t>(status.st_size));
        return {};
    }

    // Only root may give a program its capabilities: the original keeps them, so it is shared.
    Status share_instead(const FolderPair& pair, const std::string& name, const struct stat& status) {
        const std::string beside = name + ".gup-shared";
        if (links_ && may_be_linked(status) && name != "RECORD" &&
            ::linkat(pair.from_fd, name.c_str(), pair.to_fd, beside.c_str(), 0) == 0) {
            if (::renameat(pair.to_fd, beside.c_str(), pair.to_fd, name.c_str()) != 0) {
                return copy_error(errno, pair.to / name);
            }
            ++report_.linked;
            return {};
        }
        tell_lost_attributes(pair.from / name);
        count(static_cast<std::uint64_t>(status.st_size));
        return {};
    }

    static Result<UniqueFd> make_file(const FolderPair& pair, const std::string& name) {
        UniqueFd fd(::openat(pair.to_fd, name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
        if (!fd.valid()) return copy_error(errno, pair.to / name);
        return fd;
    }

    void count(std::uint64_t bytes) {
        ++report_.copied;
        report_.bytes += bytes;
    }

    // The hash and size of a rewritten file differ from its row; rows of old pips have absolute paths.
    Status correct_records() {
        GUP_TRY(const auto sites, site_folders(request_.to));
        for (const fs::path& site : sites) {
            GUP_TRY(const auto names, list_folder(site));
            for (const std::string& name : names) {
                if (name.ends_with(".dist-info")) GUP_CHECK(correct_record(site, site / name / "RECORD"));
            }
        }
        return {};
    }

    Status correct_record(const fs::path& site, const fs::path& file) {
        const auto info = file_info(file, Follow::no);
        if (!info.ok() || !*info || (*info)->kind != FileKind::regular) return {};
        GUP_TRY(auto rows, read_record(file));
        const auto before = rows;
        for (RecordRow& row : rows) {
            row.path = link_with_prefix(row.path, change_);
            const auto changed = rewritten_.find(path_of(row, site).string());
            if (changed == rewritten_.end() || row.hash.empty()) continue;
            row.hash = changed->second.hash;
            row.size = changed->second.size;
        }
        if (rows == before) return {};
        const UniqueFd fd(::open(file.c_str(), O_WRONLY | O_TRUNC | O_CLOEXEC | O_NOFOLLOW));
        if (!fd.valid()) return copy_error(errno, file);
        return write_all(fd.get(), format_record(rows), file);
    }

    const VirtualenvCopy& request_;
    PrefixChange change_;
    CopyReport report_;
    bool links_ = true;
    std::map<std::string, RecordRow> rewritten_;  // by path in the copy
    fs::path real_to_;
    std::vector<std::string> lost_attributes_;            // of the last file
    std::map<std::pair<dev_t, ino_t>, fs::path> firsts_;  // the first copy of a file with several names
};

struct Measured {
    DiskNeed need;
    bool links = true;
};

void measure_folder(const fs::path& folder, EntryFolder kind, int depth, Measured& measured) {
    const auto names = list_folder(folder);
    if (!names.ok() || depth > deepest) return;
    ++measured.need.files;
    measured.need.bytes += folder_bytes;
    for (const std::string& name : *names) {
        struct stat status {};
        const EntryUse use = use_of(kind, name);
        if (use == EntryUse::leave || ::lstat((folder / name).c_str(), &status) != 0) continue;
        if (S_ISDIR(status.st_mode)) {
            measure_folder(folder / name, folder_below(kind, name), depth + 1, measured);
        } else if (use != EntryUse::share || !measured.links || !may_be_linked(status)) {
            ++measured.need.files;
            const auto size = static_cast<std::uint64_t>(status.st_size);
            measured.need.bytes += (size + folder_bytes - 1) / folder_bytes * folder_bytes;
        }
    }
}

}  // namespace

Result<CopyReport> copy_virtualenv(const VirtualenvCopy& request) {
    return VirtualenvCopier(request).run();
}

Result<DiskNeed> measure_virtualenv_copy(const fs::path& from, const fs::path& beside) {
    GUP_TRY(const auto original, file_info(from));
    GUP_TRY(const auto place, file_info(beside));
    if (!original || !place) return Error{ErrorCode::not_found, (original ? beside : from).string() + " is gone", {}};
    Measured measured;
    measured.links = original->device == place->device;
    measure_folder(from, EntryFolder::root, 0, measured);
    return measured.need;
}

}  // namespace gup
