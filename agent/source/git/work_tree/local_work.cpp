// SPDX-License-Identifier: Apache-2.0
#include "source/git/work_tree/local_work.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <git2.h>

#include "source/git/work_tree/head.hpp"
#include "source/libgit2/handles.hpp"
#include "source/libgit2/opened.hpp"
#include "util/text.hpp"

namespace gup {
namespace {

using ChangeList = git::Handle<git_status_list, git_status_list_free>;

constexpr std::size_t most_commits = 1000;

bool is_cache(std::string_view path) {
    return path.ends_with(".pyc") || contains(path, "__pycache__/");
}

Result<std::vector<std::string>> changed_paths(git_repository* repository, const fs::path& folder) {
    std::vector<std::string> paths;
    if (git_repository_is_bare(repository) == 1) return paths;
    git_status_options options = GIT_STATUS_OPTIONS_INIT;
    options.flags = GIT_STATUS_OPT_INCLUDE_UNTRACKED | GIT_STATUS_OPT_RECURSE_UNTRACKED_DIRS;
    ChangeList changes;
    if (const int code = git_status_list_new(git::Out(changes), repository, &options); code != 0) {
        return git::failure(code, fmt::format("cannot compare {} with its repository", folder.string()));
    }
    for (std::size_t i = 0; i < git_status_list_entrycount(changes.get()); ++i) {
        const git_status_entry* entry = git_status_byindex(changes.get(), i);
        const git_diff_delta* delta =
            entry->index_to_workdir != nullptr ? entry->index_to_workdir : entry->head_to_index;
        if (delta == nullptr) continue;
        std::string path = delta->new_file.path != nullptr ? delta->new_file.path : delta->old_file.path;
        if (!is_cache(path)) paths.push_back(std::move(path));
    }
    return paths;
}

Result<std::size_t> count_unpushed(git_repository* repository, const fs::path& folder) {
    git::Revwalk walk;
    const std::string act = fmt::format("cannot read the history of {}", folder.string());
    if (const int code = git_revwalk_new(git::Out(walk), repository); code != 0) return git::failure(code, act);
    (void)git_revwalk_push_glob(walk.get(), "refs/heads/*");
    if (git_repository_head_unborn(repository) == 0) (void)git_revwalk_push_head(walk.get());
    (void)git_revwalk_hide_glob(walk.get(), "refs/remotes/*");
    std::size_t count = 0;
    git_oid id;
    int code = 0;
    while (count < most_commits && (code = git_revwalk_next(&id, walk.get())) == 0) ++count;
    if (code != 0 && code != GIT_ITEROVER) return git::failure(code, act);
    return count;
}

}  // namespace

Result<LocalWork> find_local_work(const fs::path& folder, const GitUser& user) {
    GUP_CHECK(git::check_is_repository(folder));
    GUP_TRY(const git::Repository repository, git::open_repository(folder, user));
    LocalWork work;
    GUP_TRY(work.changed, changed_paths(repository.get(), folder));
    GUP_TRY(work.commits, count_unpushed(repository.get(), folder));
    git_oid stash;
    work.has_stash = git_reference_name_to_id(&stash, repository.get(), "refs/stash") == 0;
    return work;
}

std::string display(const LocalWork& work) {
    std::vector<std::string> parts;
    if (!work.changed.empty()) {
        parts.push_back(
            fmt::format("{} {} not committed", git::join_paths(work.changed), work.changed.size() == 1 ? "is" : "are"));
    }
    if (work.commits == 1) parts.emplace_back("1 commit is not pushed");
    if (work.commits > 1) parts.push_back(fmt::format("{} commits are not pushed", work.commits));
    if (work.has_stash) parts.emplace_back("a stash is only here");
    return fmt::format("{}", fmt::join(parts, ", "));
}

}  // namespace gup
