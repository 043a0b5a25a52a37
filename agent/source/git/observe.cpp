// SPDX-License-Identifier: Apache-2.0
#include "source/git/observe.hpp"

#include <fmt/format.h>

#include "source/git/submodules.hpp"
#include "source/git/work_tree/checkout.hpp"
#include "source/git/work_tree/index.hpp"
#include "source/libgit2/config.hpp"
#include "source/libgit2/opened.hpp"

namespace gup::git {
namespace {

ObservedCode blocked(ObservedCode code, CodeCondition condition, std::string detail) {
    // Reports the problem that must be corrected first.
    if (code.condition == CodeCondition::ready) {
        code.condition = condition;
        code.detail = std::move(detail);
    }
    return code;
}

std::string last_words() {
    const git_error* last = git_error_last();
    std::string words = last != nullptr && last->message != nullptr ? last->message : "unknown error";
    git_error_clear();
    return words;
}

std::string_view operation_name(int state) {
    switch (state) {
        case GIT_REPOSITORY_STATE_MERGE:
            return "a merge";
        case GIT_REPOSITORY_STATE_REVERT:
        case GIT_REPOSITORY_STATE_REVERT_SEQUENCE:
            return "a revert";
        case GIT_REPOSITORY_STATE_CHERRYPICK:
        case GIT_REPOSITORY_STATE_CHERRYPICK_SEQUENCE:
            return "a cherry-pick";
        case GIT_REPOSITORY_STATE_BISECT:
            return "a bisect";
        case GIT_REPOSITORY_STATE_REBASE:
        case GIT_REPOSITORY_STATE_REBASE_INTERACTIVE:
        case GIT_REPOSITORY_STATE_REBASE_MERGE:
            return "a rebase";
        case GIT_REPOSITORY_STATE_APPLY_MAILBOX:
        case GIT_REPOSITORY_STATE_APPLY_MAILBOX_OR_REBASE:
            return "git am";
        default:
            return "an operation";
    }
}

// HEAD: the branch, the commit, and their errors.
ObservedCode observe_head(const Opened& opened) {
    ObservedCode code;
    Reference head;
    if (git_reference_lookup(Out(head), opened.get(), "HEAD") != 0) {
        return blocked(std::move(code), CodeCondition::corrupt, fmt::format("HEAD cannot be read: {}", last_words()));
    }
    const bool is_detached = git_reference_type(head.get()) == GIT_REFERENCE_DIRECT;
    std::string branch_ref;
    if (!is_detached) {
        branch_ref = git_reference_symbolic_target(head.get());
        code.branch = branch_ref.rfind(branch_prefix, 0) == 0 ? branch_ref.substr(branch_prefix.size()) : branch_ref;
    }
    git_oid id{};
    const int found = git_reference_name_to_id(&id, opened.get(), "HEAD");
    if (found == GIT_ENOTFOUND && !is_detached) {
        // A branch file that a power cut emptied is not a branch without commits.
        if (is_there(opened.common_folder() / branch_ref)) {
            return blocked(std::move(code), CodeCondition::corrupt, fmt::format("{} cannot be read", branch_ref));
        }
        git_error_clear();
        const std::string detail = code.branch;
        return blocked(std::move(code), CodeCondition::unborn_branch, detail);
    }
    if (found != 0) {
        return blocked(std::move(code), CodeCondition::corrupt, fmt::format("HEAD cannot be read: {}", last_words()));
    }
    code.commit = hex(id);
    if (const auto tree = find_tree(opened.get(), id); !tree) {
        return blocked(std::move(code), CodeCondition::corrupt, tree.error().message);
    }
    return code;
}

ObservedCode observe_operations(const Opened& opened, ObservedCode code) {
    if (const int state = git_repository_state(opened.get()); state != GIT_REPOSITORY_STATE_NONE) {
        code = blocked(std::move(code), CodeCondition::operation_pending,
                       fmt::format("{} is in progress", operation_name(state)));
    }
    const fs::path lock = opened.git_folder() / "index.lock";
    if (!opened.has_no_work_tree() && is_there(lock) && !IndexLock::is_ours(opened.git_folder())) {
        code = blocked(std::move(code), CodeCondition::index_locked, fmt::format("{} exists", lock.string()));
    }
    return code;
}

// The upstream's ref by the remote's refspecs; empty if none fits. Like git_branch_upstream_name, which reads the
// configuration twice more.
std::string place_of_upstream(git_config* config, const ObservedCode& code) {
    for (const std::string& text : config_list(config, fmt::format("remote.{}.fetch", code.remote))) {
        Refspec spec;
        if (git_refspec_parse(Out(spec), text.c_str(), 1) != 0) continue;
        Buffer name;
        if (git_refspec_src_matches(spec.get(), code.upstream_ref.c_str()) == 1 &&
            git_refspec_transform(name.out(), spec.get(), code.upstream_ref.c_str()) == 0) {
            return name.text();
        }
    }
    return {};
}

std::string tracking_ref_of(git_config* config, const ObservedCode& code) {
    std::string name = place_of_upstream(config, code);
    git_error_clear();
    if (!name.empty()) return name;
    // No refspec of the remote fits: use the ref of a clone.
    if (code.upstream_ref.rfind(branch_prefix, 0) != 0) return {};
    return fmt::format("refs/remotes/{}/{}", code.remote, code.upstream_ref.substr(branch_prefix.size()));
}

ObservedCode observe_upstream(const Opened& opened, git_config* config, ObservedCode code) {
    if (code.branch.empty()) return code;
    const std::string section = fmt::format("branch.{}.", code.branch);
    const std::string remote = config_text(config, section + "remote");
    const std::string merge = first_config_text(config, section + "merge");
    if (remote.empty() || merge.empty()) {
        const std::string detail = fmt::format("{} follows no branch of a remote", code.branch);
        return blocked(std::move(code), CodeCondition::no_upstream, detail);
    }
    if (remote == ".") {
        const std::string detail = fmt::format("{} follows the local branch {}", code.branch, merge);
        return blocked(std::move(code), CodeCondition::no_upstream, detail);
    }
    code.remote = remote;
    code.upstream_ref = merge;
    const std::string url = first_config_text(config, fmt::format("remote.{}.url", remote));
    if (url.empty()) {
        const std::string detail = fmt::format("{} follows {}, but no remote has that name", code.branch, remote);
        return blocked(std::move(code), CodeCondition::no_upstream, detail);
    }
    code.remote_url = effective_url(url, config, opened.work_tree());
    code.tracking_ref = tracking_ref_of(config, code);
    git_oid id{};
    if (!code.tracking_ref.empty() && git_reference_name_to_id(&id, opened.get(), code.tracking_ref.c_str()) == 0) {
        code.tracking_commit = hex(id);
    }
    git_error_clear();
    return code;
}

}  // namespace

Result<ObservedCode> observe(const Opened& opened, const std::string& branch) {
    Config config;
    if (const int code = git_repository_config_snapshot(Out(config), opened.get()); code != 0) {
        return failure(code, fmt::format("cannot read the configuration of {}", opened.name()));
    }
    ObservedCode code = observe_operations(opened, observe_head(opened));
    if (code.branch.empty() && !code.commit.empty()) {
        std::string detail = fmt::format("commit {} is checked out, not a branch", code.commit.substr(0, 7));
        code = blocked(std::move(code), CodeCondition::detached_head, std::move(detail));
    }
    if (!branch.empty() && !code.branch.empty() && branch != code.branch) {
        std::string detail = fmt::format("{} is checked out, but the gupfile asks for {}", code.branch, branch);
        code = blocked(std::move(code), CodeCondition::wrong_branch, std::move(detail));
    }
    code = observe_upstream(opened, config.get(), std::move(code));
    code.shallow = git_repository_is_shallow(opened.get()) == 1;
    if (!code.commit.empty() && code.condition != CodeCondition::corrupt && !opened.has_no_work_tree()) {
        code.submodules_differ = submodules_differ(opened, code.commit);
    }
    return code;
}

}  // namespace gup::git
