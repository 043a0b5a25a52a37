// SPDX-License-Identifier: Apache-2.0
#include "source/git/work_tree/content.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>

#include "source/libgit2/config.hpp"
#include "source/libgit2/opened.hpp"

namespace gup::git {
namespace {

constexpr std::size_t longest_link = 4096;

Result<std::string> read_link(const fs::path& path) {
    std::array<char, longest_link> target{};
    const ssize_t length = ::readlink(path.c_str(), target.data(), target.size());
    if (length < 0) return errno_error(errno, fmt::format("cannot read {}", path.string()));
    return std::string(target.data(), static_cast<std::size_t>(length));
}

bool starts_with(std::string_view text, std::string_view start) {
    return text.substr(0, start.size()) == start;
}

// The id that git would give to these bytes of the work tree.
Result<git_oid> cleaned_id(git_repository* view, const std::string& path, const std::string& bytes) {
    FilterList filters;
    const unsigned flags = GIT_FILTER_ALLOW_UNSAFE;
    if (const int code = git_filter_list_load(Out(filters), view, nullptr, path.c_str(), GIT_FILTER_TO_ODB, flags);
        code != 0) {
        return failure(code, fmt::format("cannot read the attributes of {}", path));
    }
    git_oid id{};
    int code = 0;
    if (filters == nullptr) {
        code = git_odb_hash(&id, bytes.data(), bytes.size(), GIT_OBJECT_BLOB);
    } else {
        Buffer cleaned;
        code = git_filter_list_apply_to_buffer(cleaned.out(), filters.get(), bytes.data(), bytes.size());
        if (code == 0) code = git_odb_hash(&id, cleaned.view().data(), cleaned.view().size(), GIT_OBJECT_BLOB);
    }
    if (code != 0) return failure(code, fmt::format("cannot hash {}", path));
    return id;
}

std::string attribute(git_repository* view, const std::string& path, const char* name) {
    const char* value = nullptr;
    const unsigned flags = GIT_ATTR_CHECK_INDEX_ONLY;
    if (git_attr_get(&value, view, flags, path.c_str(), name) != 0) {
        git_error_clear();
        return {};
    }
    return git_attr_value(value) == GIT_ATTR_VALUE_STRING ? value : std::string{};
}

bool has_attributes_file(git_index* index) {
    constexpr std::string_view name = ".gitattributes";
    for (std::size_t i = 0; i < git_index_entrycount(index); ++i) {
        const std::string_view path = git_index_get_byindex(index, i)->path;
        if (path == name || path.ends_with("/.gitattributes")) return true;
    }
    return false;
}

// A look-up of attributes costs some hundred system calls per path; most repositories have none.
bool is_plain(const Opened& opened, git_config* config, git_index* index) {
    const std::string autocrlf = config_text(config, "core.autocrlf");
    if (!autocrlf.empty() && autocrlf != "false") return false;
    for (const fs::path& file :
         {fs::path(config_text(config, "core.attributesfile")), opened.common_folder() / "info/attributes"}) {
        if (!file.empty() && is_there(file)) return false;
    }
    return !has_attributes_file(index);
}

// A repository that has the objects and the configuration of `opened`, `index`, and a work tree without any files:
// libgit2 prefers the work tree's .gitattributes to the index's.
Result<Repository> make_view(const Opened& opened, git_index* index, const std::string& act) {
    GUP_TRY(Repository view, open_plainly(git_repository_path(opened.get())));
    Config config;
    int code = git_repository_config(Out(config), opened.with_work_tree());
    if (code == 0) code = git_repository_set_config(view.get(), config.get());
    const fs::path nothing = opened.common_folder() / "objects";
    if (code == 0) code = git_repository_set_workdir(view.get(), nothing.c_str(), 0);
    if (code == 0) code = git_repository_set_index(view.get(), index);
    if (code != 0) return failure(code, act);
    return view;
}

}  // namespace

Result<Contents> Contents::of(const Opened& opened, const git_oid& commit) {
    Contents contents;
    const std::string act = fmt::format("cannot read commit {}", hex(commit));
    int code = git_repository_config_snapshot(Out(contents.config_), opened.with_work_tree());
    Index index;
    if (code == 0) code = git_index_new(Out(index));
    if (code == 0 && git_oid_is_zero(&commit) == 0) {
        GUP_TRY(const Tree tree, find_tree(opened.get(), commit));
        code = git_index_read_tree(index.get(), tree.get());
    }
    if (code != 0) return failure(code, act);
    contents.trust_mode_ = config_flag(contents.config_.get(), "core.filemode", true);
    contents.makes_links_ = config_flag(contents.config_.get(), "core.symlinks", true);
    contents.plain_ = is_plain(opened, contents.config_.get(), index.get());
    contents.objects_ = opened.get();
    if (contents.plain_) return contents;
    GUP_TRY(contents.view_, make_view(opened, index.get(), act));
    return contents;
}

Status Contents::check_filters(const std::string& path) const {
    if (const std::string filter = attribute(view_.get(), path, "filter"); !filter.empty()) {
        const std::string section = fmt::format("filter.{}.", filter);
        const bool is_configured = !config_text(config_.get(), section + "smudge").empty() ||
                                   !config_text(config_.get(), section + "process").empty();
        // Without a driver git passes the content unchanged; a connector cannot run a pointer of LFS.
        if (is_configured || filter == "lfs") {
            return Error{
                ErrorCode::unsupported, fmt::format("{} needs the filter \"{}\" (.gitattributes)", path, filter),
                "filters that run programs, as git-lfs does, are not supported: update this one with git pull"};
        }
    }
    if (const std::string encoding = attribute(view_.get(), path, "working-tree-encoding"); !encoding.empty()) {
        return Error{ErrorCode::unsupported, fmt::format("{} needs the encoding {} (.gitattributes)", path, encoding),
                     "working-tree-encoding is not supported: update this one with git pull"};
    }
    return {};
}

Result<FileBytes> Contents::bytes(const std::string& path, const BlobVersion& version) const {
    constexpr std::uint64_t largest_file = 256U << 20U;
    GUP_TRY(Blob blob, find_blob(objects_, version.id, largest_file, path));
    if (version.is_link() || plain_) return FileBytes(std::move(blob));
    GUP_CHECK(check_filters(path));
    FilterList filters;
    const unsigned flags = GIT_FILTER_DEFAULT;
    const std::string act = fmt::format("cannot apply the attributes of {}", path);
    if (const int code =
            git_filter_list_load(Out(filters), view_.get(), blob.get(), path.c_str(), GIT_FILTER_TO_WORKTREE, flags);
        code != 0) {
        return failure(code, act);
    }
    if (filters == nullptr) return FileBytes(std::move(blob));
    Buffer filtered;
    if (const int code = git_filter_list_apply_to_blob(filtered.out(), filters.get(), blob.get()); code != 0) {
        return failure(code, act);
    }
    return FileBytes(filtered.text());
}

Result<Presence> Contents::compare(const fs::path& file, const std::string& path, const BlobVersion& version) const {
    struct stat info {};
    if (::lstat(file.c_str(), &info) != 0) {
        if (errno == ENOENT || errno == ENOTDIR) return Presence::missing;
        return errno_error(errno, fmt::format("cannot access {}", file.string()));
    }
    if (S_ISDIR(info.st_mode)) return version.is_submodule() ? Presence::same : Presence::folder;
    if (!version.is_file()) return Presence::different;
    if (S_ISLNK(info.st_mode)) {
        if (!version.is_link()) return Presence::different;
        GUP_TRY(const std::string target, read_link(file));
        GUP_TRY(const FileBytes wanted, bytes(path, version));
        return target == wanted.view() ? Presence::same : Presence::different;
    }
    if (!S_ISREG(info.st_mode) || (version.is_link() && makes_links_)) return Presence::different;
    GUP_TRY(Presence presence, compare_file(file, path, version));
    const bool is_executable = (info.st_mode & S_IXUSR) != 0;
    if (presence == Presence::same && trust_mode_ && !version.is_link() && is_executable != version.is_executable()) {
        presence = Presence::beginning;
    }
    return presence;
}

Result<Presence> Contents::compare_file(const fs::path& file, const std::string& path,
                                        const BlobVersion& version) const {
    constexpr std::uint64_t limit = 1U << 30U;
    GUP_TRY(const std::string found, read_file(file, limit));
    GUP_TRY(const FileBytes wanted, bytes(path, version));
    if (found == wanted.view()) return Presence::same;
    if (starts_with(wanted.view(), found)) return Presence::beginning;
    if (plain_ || version.is_link()) return Presence::different;
    // Content that git would store as this very version, for instance with other line endings.
    GUP_TRY(const git_oid id, cleaned_id(view_.get(), path, found));
    return git_oid_equal(&id, &version.id) != 0 ? Presence::same : Presence::different;
}

}  // namespace gup::git
