// Moving the work tree, the index and the branch from one commit to another.
#include <fmt/format.h>

#include "source/git/work_tree/checkout.hpp"
#include "util/sys/free_space.hpp"

namespace gup {
namespace git {
namespace {

std::string short_ref(const Head& head) {
    if (head.ref.empty()) return "HEAD";
    return head.ref.rfind(branch_prefix, 0) == 0 ? head.ref.substr(branch_prefix.size()) : head.ref;
}

Error conflict(const std::vector<std::string>& paths) {
    return Error{ErrorCode::conflict, fmt::format("local changes would be lost in {}", join_paths(paths)),
                 "commit, stash or remove these changes"};
}

Status check_sparse(const Opened& opened) {
    Config config;
    if (const int code = git_repository_config_snapshot(Out(config), opened.get()); code != 0) {
        return failure(code, "cannot read the configuration");
    }
    if (!config_flag(config.get(), "core.sparsecheckout", false)) return {};
    return Error{ErrorCode::unsupported, "this is a sparse checkout", "git sparse-checkout disable"};
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

// Others may have written since the room was reckoned with. What is kept free for the way back may be used by it: only
// a fresh clone leaves it alone.
Status require_checkout_room(const Opened& opened, const Head& head, const Parts& parts) {
    GUP_TRY(const DiskNeed size, checkout_need(opened, parts.changes));
    const std::uint64_t reserve = git_oid_is_zero(&head.commit) != 0 ? settings().disk_reserve : 0;
    return require_space(opened.git_folder(), size.bytes, reserve);
}

// From the first changed byte on.
Status carry_out(const Opened& opened, const Head& head, const git_oid& to, Checkout& checkout) {
    GUP_CHECK(checkout.apply());
    GUP_CHECK(checkout.write_index(to, Checkout::BrokenIndex::fail));
    // The branch must not say that something is there which a power cut can still take back.
    GUP_CHECK(sync_file_system(opened.work_tree()));
    return move_head(opened, head, to, "gup-agent: fast-forward");
}

}  // namespace

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

Status move_to(const Opened& opened, const Head& head, const git_oid& to, const BeforeMove& before) {
    GUP_CHECK(check_sparse(opened));
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
        // Once more, now that no git can change anything.
        GUP_CHECK(check_head(opened, head));
        GUP_CHECK(check_conflicts(opened, parts));
        done = carry_out(opened, head, to, checkout);
    }
    if (done) return {};
    if (auto undone = settle(opened, move, move.from); !undone) {
        return Error{done.error().code, fmt::format("{}; then: {}", done.error().message, undone.error().message),
                     undone.error().hint};
    }
    return done;
}

}  // namespace git

Status GitRepository::move_work_tree(const std::string& branch, const std::string& from, const std::string& to,
                                     const BeforeMove& before) {
    GUP_TRY(const git_oid old_commit, git::parse_id(from));
    GUP_TRY(const git_oid new_commit, git::parse_id(to));
    const git::Head head{"refs/heads/" + branch, old_commit};
    auto status = git::check_head(*state_, head);
    if (status) status = git::move_to(*state_, head, new_commit, before);
    if (!status) return status.error().with_context(fmt::format("cannot fast-forward {}", branch));
    return {};
}

}  // namespace gup
