// SPDX-License-Identifier: Apache-2.0
#include "source/git/work_tree/attach.hpp"

#include <fmt/format.h>

#include <vector>

#include "core/plan.hpp"
#include "core/release.hpp"
#include "core/short_id.hpp"
#include "source/git/work_tree/checkout.hpp"
#include "source/git/work_tree/head.hpp"
#include "source/libgit2/opened.hpp"
#include "source/libgit2/shared.hpp"
#include "source/libgit2/tree_diff.hpp"

namespace gup {
namespace git {
namespace {

Status move_branch(git_repository* repository, const git_oid& from, const git_oid& to) {
    if (git_oid_equal(&from, &to) != 0) return {};
    const bool is_related =
        git_graph_descendant_of(repository, &to, &from) == 1 || git_graph_descendant_of(repository, &from, &to) == 1;
    git_error_clear();
    if (!is_related) {
        return Error{ErrorCode::conflict,
                     fmt::format("the branch is at {}, which is not in the history of {}", short_id(hex(from)),
                                 short_id(hex(to))),
                     "enable a release of that branch, or switch the branch first"};
    }
    GUP_TRY(const Commit commit, find_commit(repository, to));
    const auto* target = reinterpret_cast<const git_object*>(commit.get());  // as libgit2 has it
    if (const int code = git_reset(repository, target, GIT_RESET_MIXED, nullptr); code != 0) {
        return failure(code, fmt::format("cannot move the branch to {}", hex(to)));
    }
    return {};
}

Status restore_own_files(git_repository* repository, const git_oid& commit) {
    GUP_TRY(const auto entries, changes_between(repository, git_oid{}, commit));
    std::vector<std::string> paths;
    for (const Change& entry : entries) {
        if (is_repositorys_own(entry.path)) paths.push_back(entry.path);
    }
    if (paths.empty()) return {};
    std::vector<char*> texts;
    texts.reserve(paths.size());
    for (std::string& path : paths) texts.push_back(path.data());
    git_checkout_options options = GIT_CHECKOUT_OPTIONS_INIT;
    options.checkout_strategy = GIT_CHECKOUT_SAFE | GIT_CHECKOUT_RECREATE_MISSING | GIT_CHECKOUT_DISABLE_PATHSPEC_MATCH;
    options.paths = {texts.data(), texts.size()};
    if (const int code = git_checkout_index(repository, nullptr, &options); code != 0) {
        return failure(code, "cannot restore the repository's own files");
    }
    return {};
}

}  // namespace
}  // namespace git

Status attach_work_tree(const fs::path& folder, const std::string& commit, const GitUser& user) {
    const timespec before = git::file_clock();
    git::Opened opened;
    opened.user = user;
    GUP_TRY(opened.repository, git::open_repository(folder, user));
    const git::Repository& repository = opened.repository;
    GUP_TRY(const git_oid to, git::parse_id(commit));
    GUP_TRY(const git::Head head, git::read_head(repository.get()));
    GUP_CHECK(git::move_branch(repository.get(), head.commit, to));
    GUP_CHECK(git::restore_own_files(repository.get(), to));
    git::share_repository(opened, before);
    return {};
}

}  // namespace gup
