// SPDX-License-Identifier: Apache-2.0
#include "source/git/work_tree/head.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "source/libgit2/opened.hpp"

namespace gup::git {

std::string join_paths(const std::vector<std::string>& paths) {
    constexpr std::size_t most = 5;
    std::string text;
    for (std::size_t i = 0; i < paths.size() && i < most; ++i) text += (i == 0 ? "" : ", ") + paths[i];
    if (paths.size() > most) text += fmt::format(" and {} more", paths.size() - most);
    return text;
}

Result<Head> read_head(git_repository* repository) {
    Reference reference;
    if (const int code = git_reference_lookup(Out(reference), repository, "HEAD"); code != 0) {
        return failure(code, "cannot read HEAD");
    }
    Head head;
    if (git_reference_type(reference.get()) == GIT_REFERENCE_SYMBOLIC) {
        head.ref = git_reference_symbolic_target(reference.get());
    }
    const int code = git_reference_name_to_id(&head.commit, repository, "HEAD");
    if (code == GIT_ENOTFOUND && !head.ref.empty()) {
        git_error_clear();
        head.commit = {};
        return head;
    }
    if (code != 0) return failure(code, "cannot read HEAD");
    return head;
}

Status move_head(const Opened& opened, const Head& head, const git_oid& commit, const char* reflog) {
    git_repository* repository = opened.get();
    const fs::path file = head.ref.empty() ? opened.git_folder() / "HEAD" : opened.common_folder() / head.ref;
    const std::string act = fmt::format("cannot set {} to {}", file.string(), hex(commit));
    int code = 0;
    if (git_oid_is_zero(&commit) != 0) {
        code = head.ref.empty() ? git_repository_set_head(repository, "refs/heads/main")
                                : git_reference_remove(repository, head.ref.c_str());
    } else if (head.ref.empty()) {
        code = git_repository_set_head_detached(repository, &commit);
    } else {
        Reference made;
        constexpr int force = 1;
        const git_oid* old = git_oid_is_zero(&head.commit) != 0 ? nullptr : &head.commit;
        code = git_reference_create_matching(Out(made), repository, head.ref.c_str(), &commit, force, old, reflog);
    }
    if (code != 0) return failure(code, act);
    return {};
}

}  // namespace gup::git
