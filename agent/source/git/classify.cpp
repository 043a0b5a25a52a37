// Where a commit stands relative to what is checked out.
#include <fmt/format.h>

#include "source/libgit2/tree_diff.hpp"

namespace gup {
namespace {

using git::failure;

struct Distance {
    std::size_t ahead = 0;
    std::size_t behind = 0;
};

Result<Distance> distance(git_repository* repository, const git_oid& local, const git_oid& upstream) {
    Distance found;
    if (const int code = git_graph_ahead_behind(&found.ahead, &found.behind, repository, &local, &upstream);
        code != 0) {
        return failure(code, fmt::format("cannot compare {} with {}", git::hex(local), git::hex(upstream)));
    }
    return found;
}

// Whether the upstream went somewhere that is not ahead of what was fetched last.
bool is_rewound(git_repository* repository, const std::string& tracking, const git_oid& commit) {
    const auto fetched = git::parse_id(tracking);
    if (!fetched || !git::has_object(repository, *fetched) || git_oid_equal(&*fetched, &commit) != 0) return false;
    const int descends = git_graph_descendant_of(repository, &commit, &*fetched);
    if (descends < 0) git_error_clear();
    return descends == 0;
}

}  // namespace

Result<CodeTarget> GitRepository::classify(const ObservedCode& code, const std::string& commit) const {
    CodeTarget target;
    target.commit = commit;
    GUP_TRY(const git_oid head, git::parse_id(code.commit));
    GUP_TRY(const git_oid upstream, git::parse_id(commit));
    if (git_oid_equal(&head, &upstream) != 0) {
        target.relation = Relation::same;
        return target;
    }
    // A commit that cannot be read would count as one without parents.
    if (const auto tree = git::find_tree(state_->get(), upstream); !tree) return tree.error();
    GUP_TRY(const Distance found, distance(state_->get(), head, upstream));
    target.commits = found.behind;
    if (found.ahead == 0) {
        target.relation = Relation::behind;
        if (state_->has_no_work_tree()) return target;
        GUP_TRY(const auto changes, git::changes_between(state_->get(), head, upstream));
        GUP_TRY(const auto from, git::Contents::of(*state_, head));
        GUP_TRY(const auto to, git::Contents::of(*state_, upstream));
        GUP_TRY(target.conflicts, git::find_conflicts(*state_, changes, from, to));
        GUP_TRY(target.need, git::checkout_need(*state_, changes));
        return target;
    }
    if (is_rewound(state_->get(), code.tracking_commit, upstream)) {
        target.relation = Relation::rewound;
    } else {
        target.relation = found.behind == 0 ? Relation::ahead : Relation::diverged;
    }
    return target;
}

}  // namespace gup
