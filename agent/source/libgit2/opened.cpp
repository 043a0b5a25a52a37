// SPDX-License-Identifier: Apache-2.0
#include "source/libgit2/opened.hpp"

#include <fmt/format.h>
#include <optional>

#include "source/libgit2/config.hpp"
#include "source/libgit2/tree_diff.hpp"
#include "util/sys/symlink.hpp"

namespace gup::git {

fs::path Opened::work_tree() const {
    const char* folder = git_repository_workdir(with_work_tree());
    if (folder == nullptr) return {};
    std::string path = folder;
    while (path.size() > 1 && path.back() == '/') path.pop_back();
    return path;
}

fs::path Opened::git_folder() const {
    return git_repository_path(get());
}

fs::path Opened::common_folder() const {
    return git_repository_commondir(get());
}

std::string Opened::name() const {
    const fs::path folder = work_tree();
    if (!folder.empty()) return folder.filename().string();
    return user.connector.empty() ? git_folder().string() : user.connector;
}

namespace {

// core.worktree could name any folder of the user's.
Status check_work_tree(git_repository* repository, const fs::path& folder) {
    const char* named = git_repository_workdir(repository);
    if (named == nullptr || fs::path(named) == folder / "") return {};
    GUP_TRY(const fs::path work_tree, real_path(named));
    GUP_TRY(const fs::path own, real_path(folder));
    if (is_below(work_tree, own)) return {};
    return Error{ErrorCode::permission,
                 fmt::format("core.worktree of {} leads out of it, to {}", folder.string(), work_tree.string()),
                 fmt::format("git --git-dir={} config --unset core.worktree", (folder / ".git").string()),
                 Cause::not_ours};
}

}  // namespace

Result<Repository> open_repository(const fs::path& folder, const GitUser& user) {
    // A git folder that was moved away from its work tree has none, also if its configuration names one.
    if (!is_there(folder / ".git")) return open_configured(folder, GIT_REPOSITORY_OPEN_BARE, user);
    GUP_TRY(Repository repository, open_configured(folder, 0, user));
    GUP_CHECK(check_work_tree(repository.get(), folder));
    return repository;
}

Status check_is_repository(const fs::path& folder) {
    if (is_there(folder / ".git")) return {};
    if (is_there(folder / "HEAD") && is_there(folder / "objects") && is_there(folder / "refs")) return {};
    return Error{ErrorCode::not_found, fmt::format("{} is not a git repository", folder.string()), {}};
}

namespace {

constexpr std::uint64_t longest_file = 8U << 20U;

struct FileAt {
    std::string content;
    bool is_link = false;
};

// Nullopt for what is neither a file nor a link.
Result<std::optional<FileAt>> read_entry(git_repository* repository, const git_tree* tree, const std::string& path,
                                         const std::string& act) {
    TreeEntry entry;
    const int code = git_tree_entry_bypath(Out(entry), tree, path.c_str());
    if (code == GIT_ENOTFOUND) {
        git_error_clear();
        return std::optional<FileAt>{};
    }
    if (code != 0) return failure(code, act);
    const std::uint32_t mode = canonical_mode(git_tree_entry_filemode_raw(entry.get()));
    const bool is_file = mode == GIT_FILEMODE_BLOB || mode == GIT_FILEMODE_BLOB_EXECUTABLE;
    if (!is_file && mode != GIT_FILEMODE_LINK) return std::optional<FileAt>{};
    GUP_TRY(const Blob blob, find_blob(repository, *git_tree_entry_id(entry.get()), longest_file, path));
    FileAt file{{}, !is_file};
    file.content.assign(static_cast<const char*>(git_blob_rawcontent(blob.get())),
                        static_cast<std::size_t>(git_blob_rawsize(blob.get())));
    return std::optional(std::move(file));
}

}  // namespace

Result<std::optional<std::string>> read_file_at(git_repository* repository, const std::string& commit,
                                                const std::string& path) {
    constexpr int most_links = 8;
    GUP_TRY(const git_oid id, parse_id(commit));
    GUP_TRY(const Tree tree, find_tree(repository, id));
    const std::string act = fmt::format("cannot read {} of commit {}", path, commit);
    fs::path place = path;
    for (int links = 0; links < most_links; ++links) {
        GUP_TRY(auto file, read_entry(repository, tree.get(), place.string(), act));
        if (!file) return std::optional<std::string>{};
        if (!file->is_link) return std::optional(std::move(file->content));
        const fs::path target(file->content);
        place = (place.parent_path() / target).lexically_normal();
        if (target.is_absolute() || place.string().starts_with("..")) {
            return Error{ErrorCode::invalid_input,
                         fmt::format("{}: it is a link that leads out of the repository", act),
                         "make it a file, or a link to a file of the repository"};
        }
    }
    return Error{ErrorCode::invalid_input, fmt::format("{}: its links lead in a circle", act), {}};
}

bool has_folder_at(git_repository* repository, const std::string& commit, const std::string& path) {
    const auto id = parse_id(commit);
    if (!id.ok()) return false;
    const auto tree = find_tree(repository, *id);
    TreeEntry entry;
    if (!tree.ok() || git_tree_entry_bypath(Out(entry), tree->get(), path.c_str()) != 0) {
        git_error_clear();
        return false;
    }
    return git_tree_entry_type(entry.get()) == GIT_OBJECT_TREE;
}

}  // namespace gup::git
