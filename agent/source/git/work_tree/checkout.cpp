// SPDX-License-Identifier: Apache-2.0
#include "source/git/work_tree/checkout.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <set>

#include "source/git/work_tree/content.hpp"
#include "source/libgit2/opened.hpp"
#include "util/sys/directory.hpp"

namespace gup::git {
namespace {

constexpr const char* staging_name = "gup-agent-checkout";

// Modes like git's: the umask decides about group and others.
Status create_file(const fs::path& path, std::string_view bytes, const BlobVersion& version, const Contents& contents) {
    if (version.is_link() && contents.makes_links()) {
        if (::symlink(std::string(bytes).c_str(), path.c_str()) == 0) return {};
        return errno_error(errno, fmt::format("cannot create the link {}", path.string()));
    }
    const mode_t mode = version.is_executable() ? 0777 : 0666;
    const UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode));
    if (!fd.valid()) return errno_error(errno, fmt::format("cannot create {}", path.string()));
    return write_all(fd.get(), bytes, path);
}

// A folder that contains only empty folders.
void remove_empty_folders(const fs::path& folder) {
    if (const auto names = list_folder(folder)) {
        for (const std::string& name : *names) {
            const fs::path child = folder / name;
            if (is_real_folder(child)) remove_empty_folders(child);
        }
    }
    ::rmdir(folder.c_str());
}

// A folder with the setgid bit gives its group to new files, not to renamed ones.
void inherit_group(const fs::path& file, const fs::path& folder) {
    struct stat info {};
    if (::stat(folder.c_str(), &info) != 0 || (info.st_mode & S_ISGID) == 0) return;
    constexpr uid_t same_user = static_cast<uid_t>(-1);
    if (::lchown(file.c_str(), same_user, info.st_gid) != 0) return;  // not a member of the group: git could not either
}

constexpr std::uint64_t disk_block = 4096;
constexpr std::uint64_t index_entry_bytes = 72;  // without the path

void add_entry(DiskNeed& size, std::uint64_t bytes) {
    size.bytes += (bytes + disk_block - 1) / disk_block * disk_block;
    ++size.files;
}

// The missing folders on the way to `path`.
void add_folders(const fs::path& root, const std::string& path, std::set<std::string>& known, DiskNeed& size) {
    for (auto slash = path.find('/'); slash != std::string::npos; slash = path.find('/', slash + 1)) {
        const std::string parent = path.substr(0, slash);
        struct stat info {};
        if (!known.insert(parent).second || ::lstat((root / parent).c_str(), &info) == 0) continue;
        add_entry(size, 1);
    }
}

}  // namespace

Checkout::Checkout(const Opened& opened, const std::vector<Change>& changes, const Contents& to)
    : opened_(opened),
      changes_(changes),
      to_(to),
      root_(opened.work_tree()),
      staging_(opened.git_folder() / staging_name),
      staged_(changes.size(), false) {}

Checkout::~Checkout() {
    sweep(opened_.git_folder());
}

void Checkout::sweep(const fs::path& git_folder) {
    (void)remove_tree(git_folder / staging_name).ok();
}

Status Checkout::stage() {
    sweep(opened_.git_folder());
    GUP_CHECK(make_folders(staging_));
    for (std::size_t i = 0; i < changes_.size(); ++i) {
        if (changes_[i].to.is_file()) GUP_CHECK(stage_file(i));
    }
    return sync_file_system(staging_);
}

Status Checkout::stage_file(std::size_t number) {
    const Change& change = changes_[number];
    GUP_TRY(const FileBytes bytes, to_.bytes(change.path, change.to));
    if (is_in_place(change, bytes.view().size())) return {};
    staged_[number] = true;
    return create_file(staging_ / std::to_string(number), bytes.view(), change.to, to_);
}

bool Checkout::is_in_place(const Change& change, std::size_t size) const {
    struct stat info {};
    const fs::path file = root_ / change.path;
    if (!has_real_parents(change.path) || ::lstat(file.c_str(), &info) != 0) return false;
    if (!change.to.is_link() && (!S_ISREG(info.st_mode) || static_cast<std::uint64_t>(info.st_size) != size)) {
        return false;
    }
    const auto state = to_.compare(file, change.path, change.to);
    return state && *state == Presence::same;
}

Status Checkout::apply() {
    parents_.clear();
    // Deepest first, so that folders become empty before their turn.
    for (auto change = changes_.rbegin(); change != changes_.rend(); ++change) {
        if (!change->to.is_file()) GUP_CHECK(remove(*change));
    }
    for (std::size_t i = 0; i < changes_.size(); ++i) {
        if (staged_[i] || changes_[i].to.is_submodule()) GUP_CHECK(place(i));
    }
    return {};
}

Status Checkout::remove(const Change& change) {
    const fs::path file = root_ / change.path;
    if (!has_real_parents(change.path)) {
        if (change.to.absent()) prune_parents(change.path);  // a kill may leave the upper ones, empty
        return {};
    }
    if (change.from.is_submodule()) {
        if (change.to.absent()) ::rmdir(file.c_str());  // with something in it, it stays, as with git
        return {};
    }
    if (is_real_folder(file)) return {};
    if (::unlink(file.c_str()) != 0 && errno != ENOENT && errno != ENOTDIR) {
        return errno_error(errno, fmt::format("cannot remove {}", file.string()));
    }
    if (change.to.absent()) prune_parents(change.path);
    return {};
}

Status Checkout::place(std::size_t number) {
    const Change& change = changes_[number];
    const fs::path file = root_ / change.path;
    GUP_CHECK(make_parents(change.path));
    if (change.to.is_submodule()) {
        if (::mkdir(file.c_str(), 0777) == 0 || is_real_folder(file)) return {};
        return errno_error(errno, fmt::format("cannot create {}", file.string()));
    }
    if (is_real_folder(file)) remove_empty_folders(file);
    const fs::path made = staging_ / std::to_string(number);
    inherit_group(made, file.parent_path());
    if (::rename(made.c_str(), file.c_str()) == 0) return {};
    if (errno != EXDEV) return errno_error(errno, fmt::format("cannot replace {}", file.string()));
    // .git is on another file system: then a power cut leaves a beginning of the file, which recovery replaces.
    GUP_TRY(const FileBytes bytes, to_.bytes(change.path, change.to));
    if (::unlink(file.c_str()) != 0 && errno != ENOENT) {
        return errno_error(errno, fmt::format("cannot remove {}", file.string()));
    }
    return create_file(file, bytes.view(), change.to, to_);
}

Status Checkout::make_parents(const std::string& path) {
    for (auto slash = path.find('/'); slash != std::string::npos; slash = path.find('/', slash + 1)) {
        const std::string parent = path.substr(0, slash);
        if (parents_.count(parent) != 0) continue;
        const fs::path folder = root_ / parent;
        if (::mkdir(folder.c_str(), 0777) != 0 && errno != EEXIST) {
            return errno_error(errno, fmt::format("cannot create {}", folder.string()));
        }
        // A link here would redirect the write out of the work tree.
        if (!is_real_folder(folder)) {
            return Error{ErrorCode::conflict, fmt::format("{} is in the way of {}", folder.string(), path), {}};
        }
        parents_.insert(parent);
    }
    return {};
}

bool Checkout::has_real_parents(const std::string& path) const {
    for (auto slash = path.find('/'); slash != std::string::npos; slash = path.find('/', slash + 1)) {
        const std::string parent = path.substr(0, slash);
        if (parents_.count(parent) == 0 && !is_real_folder(root_ / parent)) return false;
    }
    return true;
}

void Checkout::prune_parents(const std::string& path) {
    for (auto slash = path.rfind('/'); slash != std::string::npos && slash > 0; slash = path.rfind('/', slash - 1)) {
        const std::string parent = path.substr(0, slash);
        if (!has_real_parents(parent)) continue;  // a link leads out of the work tree
        if (::rmdir((root_ / parent).c_str()) != 0 && errno != ENOENT && errno != ENOTDIR) return;
    }
}

namespace {

bool is_partial_clone(const Opened& opened) {
    Config config;
    ConfigIterator promisors;
    int code = git_repository_config_snapshot(Out(config), opened.with_work_tree());
    if (code == 0) code = git_config_iterator_glob_new(Out(promisors), config.get(), "^remote\\..*\\.promisor$");
    git_config_entry* entry = nullptr;
    if (code == 0) code = git_config_next(&entry, promisors.get());
    git_error_clear();
    return code == 0;
}

// git would ask the remote for it in the middle of a checkout.
Error missing_content(const Opened& opened, const std::string& path) {
    return Error{ErrorCode::unsupported,
                 fmt::format("{} is a partial clone, and the content of {} is not here", opened.name(), path),
                 "update this one with git pull, or replace it with a clone without --filter"};
}

}  // namespace

Result<DiskNeed> checkout_need(const Opened& opened, const std::vector<Change>& changes) {
    Odb objects;
    if (const int code = git_repository_odb(Out(objects), opened.get()); code != 0) {
        return failure(code, fmt::format("cannot read the objects of {}", opened.name()));
    }
    DiskNeed size;
    const fs::path root = opened.work_tree();
    std::set<std::string> folders;
    struct stat index {};
    std::uint64_t index_bytes =
        ::stat((opened.git_folder() / "index").c_str(), &index) == 0 ? static_cast<std::uint64_t>(index.st_size) : 0;
    for (const Change& change : changes) {
        if (change.from.absent()) {
            add_folders(root, change.path, folders, size);
            index_bytes += index_entry_bytes + change.path.size();
        }
        if (!change.to.is_file()) continue;
        std::size_t bytes = 0;
        git_object_t type = GIT_OBJECT_INVALID;
        if (const int code = git_odb_read_header(&bytes, &type, objects.get(), &change.to.id); code != 0) {
            if (code == GIT_ENOTFOUND && is_partial_clone(opened)) return missing_content(opened, change.path);
            return failure(code, fmt::format("cannot read {}", change.path));
        }
        add_entry(size, bytes);
    }
    add_entry(size, index_bytes);
    return size;
}

}  // namespace gup::git
