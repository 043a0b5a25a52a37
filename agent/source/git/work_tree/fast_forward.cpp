// SPDX-License-Identifier: Apache-2.0
#include "source/git/work_tree/fast_forward.hpp"

#include <fmt/format.h>

#include "source/git/work_tree/checkout.hpp"
#include "source/git/work_tree/conflicts.hpp"
#include "source/git/work_tree/content.hpp"
#include "source/git/work_tree/head.hpp"
#include "source/git/work_tree/index.hpp"
#include "source/git/work_tree/recovery.hpp"
#include "source/libgit2/opened.hpp"
#include "source/remote/context.hpp"
#include "util/sys/directory.hpp"
#include "util/sys/free_space.hpp"

namespace gup::git {
namespace {

std::string short_ref(const Head& head) {
    if (head.ref.empty()) return "HEAD";
    return head.ref.rfind(branch_prefix, 0) == 0 ? head.ref.substr(branch_prefix.size()) : head.ref;
}

Error conflict(const std::vector<std::string>& paths) {
    return Error{ErrorCode::conflict, fmt::format("local changes would be lost in {}", join_paths(paths)),
                 "commit, stash or remove these changes"};
}

// HEAD is still what the caller saw; one that is to be detached may still name a branch.
Status check_head(const Opened& opened, const Head& expected) {
    GUP_TRY(const Head now, read_head(opened.get()));
    const bool same_ref = expected.ref.empty() || now.ref == expected.ref;
    if (same_ref && git_oid_equal(&now.commit, &expected.commit) != 0) return {};
    return Error{ErrorCode::conflict,
                 fmt::format("{} is at {}, not at {}", short_ref(now), hex(now.commit), hex(expected.commit)),
                 {}};
}

struct Parts {
    std::vector<Change> changes;
    Contents from;
    Contents to;
};

Result<Parts> take_apart(const Opened& opened, const git_oid& from, const git_oid& to) {
    GUP_TRY(auto changes, changes_between(opened.get(), from, to));
    GUP_TRY(auto old_contents, Contents::of(opened, from));
    GUP_TRY(auto new_contents, Contents::of(opened, to));
    return Parts{std::move(changes), std::move(old_contents), std::move(new_contents)};
}

Status check_conflicts(const Opened& opened, const Parts& parts) {
    GUP_TRY(const auto paths, find_conflicts(opened, parts.changes, parts.from, parts.to));
    if (paths.empty()) return {};
    return conflict(paths);
}

// Other programs may have written since the space was checked. The reserve may be used for a rollback; only a fresh
// clone must not use it.
Status require_checkout_room(const Opened& opened, const Head& head, const Parts& parts) {
    GUP_TRY(const DiskNeed size, checkout_need(opened, parts.changes));
    const std::uint64_t reserve = git_oid_is_zero(&head.commit) != 0 ? detail::transport_settings().disk_reserve : 0;
    return require_space(opened.git_folder(), size.bytes, reserve);
}

// From the first changed byte on.
Status carry_out(const Opened& opened, const Head& head, const git_oid& to, const Parts& parts, Checkout& checkout) {
    GUP_CHECK(checkout.apply());
    GUP_CHECK(write_index(opened, parts.changes, {to, BrokenIndex::fail, checkout.staging()}));
    // The branch must not name content that a power cut can still lose.
    GUP_CHECK(sync_file_system(opened.work_tree()));
    return move_head(opened, head, to, "gup-agent: fast-forward");
}

}  // namespace

Status move_to(const Opened& opened, const Head& head, const git_oid& to, const BeforeMove& before) {
    GUP_TRY(const Parts parts, take_apart(opened, head.commit, to));
    GUP_CHECK(check_conflicts(opened, parts));
    GUP_CHECK(require_checkout_room(opened, head, parts));
    Checkout checkout(opened, parts.changes, parts.to);
    GUP_CHECK(checkout.stage());
    const WorkTreeMove move{opened.work_tree().string(), hex(head.commit), hex(to)};
    if (before) GUP_CHECK(before(move));
    Status done;
    {
        GUP_TRY(const IndexLock lock, IndexLock::acquire(opened.git_folder()));
        // Checks again, now that no git can change anything.
        GUP_CHECK(check_head(opened, head));
        GUP_CHECK(check_conflicts(opened, parts));
        done = carry_out(opened, head, to, parts, checkout);
    }
    if (done) return {};
    if (auto undone = recover_work_tree(opened, move, move.from); !undone) {
        return Error{done.error().code, fmt::format("{}; then: {}", done.error().message, undone.error().message),
                     undone.error().hint};
    }
    return done;
}

Status fast_forward(const Opened& opened, const std::string& branch, const WorkTreeMove& commits,
                    const BeforeMove& before) {
    GUP_TRY(const git_oid old_commit, parse_id(commits.from));
    GUP_TRY(const git_oid new_commit, parse_id(commits.to));
    const Head head{std::string(branch_prefix) + branch, old_commit};
    auto status = check_head(opened, head);
    if (status) status = move_to(opened, head, new_commit, before);
    if (!status) return status.error().with_context(fmt::format("cannot fast-forward {}", branch));
    return {};
}

}  // namespace gup::git
