// SPDX-License-Identifier: Apache-2.0
#include "source/git/classify.hpp"

#include <fmt/format.h>

#include "source/git/work_tree/checkout.hpp"
#include "source/git/work_tree/conflicts.hpp"
#include "source/git/work_tree/content.hpp"
#include "source/libgit2/opened.hpp"
#include "source/libgit2/tree_diff.hpp"

namespace gup::git {
namespace {

struct Distance {
    std::size_t ahead = 0;
    std::size_t behind = 0;
};

Result<Distance> distance(git_repository* repository, const git_oid& local, const git_oid& upstream) {
    Distance found;
    if (const int code = git_graph_ahead_behind(&found.ahead, &found.behind, repository, &local, &upstream);
        code != 0) {
        return failure(code, fmt::format("cannot compare {} with {}", hex(local), hex(upstream)));
    }
    return found;
}

// True if the upstream is not ahead of the commit that was fetched last.
bool is_rewound(git_repository* repository, const std::string& tracking, const git_oid& commit) {
    const auto fetched = parse_id(tracking);
    if (!fetched || !has_object(repository, *fetched) || git_oid_equal(&*fetched, &commit) != 0) return false;
    const int descends = git_graph_descendant_of(repository, &commit, &*fetched);
    if (descends < 0) git_error_clear();
    return descends == 0;
}

}  // namespace

Result<CodeTarget> classify(const Opened& opened, const ObservedCode& code, const std::string& commit) {
    CodeTarget target;
    target.commit = commit;
    GUP_TRY(const git_oid head, parse_id(code.commit));
    GUP_TRY(const git_oid upstream, parse_id(commit));
    if (git_oid_equal(&head, &upstream) != 0) {
        target.relation = Relation::same;
        return target;
    }
    // libgit2 treats an unreadable commit as one without parents.
    if (const auto tree = find_tree(opened.get(), upstream); !tree) return tree.error();
    GUP_TRY(const Distance found, distance(opened.get(), head, upstream));
    target.commits = found.behind;
    if (found.ahead == 0) {
        target.relation = Relation::behind;
        if (opened.has_no_work_tree()) return target;
        GUP_TRY(const auto changes, changes_between(opened.get(), head, upstream));
        GUP_TRY(const auto from, Contents::of(opened, head));
        GUP_TRY(const auto to, Contents::of(opened, upstream));
        GUP_TRY(target.conflicts, find_conflicts(opened, changes, from, to));
        GUP_TRY(target.need, checkout_need(opened, changes));
        return target;
    }
    if (is_rewound(opened.get(), code.tracking_commit, upstream)) {
        target.relation = Relation::rewound;
    } else {
        target.relation = found.behind == 0 ? Relation::ahead : Relation::diverged;
    }
    return target;
}

}  // namespace gup::git
