// SPDX-License-Identifier: Apache-2.0
#include "core/plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/report.hpp"

#include "core/drift.hpp"
#include "core/satisfied.hpp"
#include "core/short_id.hpp"

namespace gup {
namespace {

constexpr std::size_t conflicts_shown = 3;

struct Blocked {
    std::string reason;
    std::string hint;
};

std::string with_detail(std::string_view what, const std::string& detail) {
    return detail.empty() ? std::string(what) : fmt::format("{}: {}", what, detail);
}

std::string_view short_ref(std::string_view ref) {
    for (const std::string_view prefix : {"refs/remotes/", "refs/heads/", "refs/"}) {
        if (ref.starts_with(prefix)) return ref.substr(prefix.size());
    }
    return ref;
}

// "origin/main", as git calls it.
std::string upstream_name(const ObservedCode& code) {
    if (!code.tracking_ref.empty()) return std::string(short_ref(code.tracking_ref));
    const std::string remote = code.remote.empty() ? "origin" : code.remote;
    if (!code.upstream_ref.empty()) return fmt::format("{}/{}", remote, short_ref(code.upstream_ref));
    return fmt::format("{}/{}", remote, code.branch.empty() ? "main" : code.branch);
}

// The command that ends the operation that `detail` names.
std::string abort_hint(std::string_view detail) {
    for (const std::string_view operation : {"merge", "rebase", "cherry-pick", "revert"}) {
        if (detail.find(operation) != std::string_view::npos)
            return fmt::format("finish it, or abort it: git {} --abort", operation);
    }
    if (detail.find("bisect") != std::string_view::npos) return "end it: git bisect reset";
    if (detail.find("git am") != std::string_view::npos) return "finish it, or abort it: git am --abort";
    return "git status says how to finish or abort it";
}

Blocked not_ready(const Gupfile& gupfile, const ObservedCode& code) {
    const std::string branch = gupfile.branch.empty() ? "main" : gupfile.branch;
    switch (code.condition) {
        case CodeCondition::ready:
            break;
        case CodeCondition::not_a_repository:
            return {with_detail("the folder itself is not a git repository",
                                code.detail.ends_with(" is not a git repository") ? std::string{} : code.detail),
                    "move the folder out of the root folder, and its virtualenv, too; then: gup-agent add URL"};
        case CodeCondition::bare:
            return {with_detail("the repository is bare, it has no work tree", code.detail),
                    "if the files are there: git config core.bare false"};
        case CodeCondition::unreadable:
            return {with_detail("the repository is not read", code.detail), code.hint};
        case CodeCondition::corrupt:
            return {with_detail("the repository is corrupt", code.detail),
                    "git fsck says what is damaged; a fresh git clone repairs it"};
        case CodeCondition::unborn_branch:
            return {with_detail("the branch has no commit yet", code.detail),
                    fmt::format("git fetch origin && git checkout --force -B {0} origin/{0} replaces the files here",
                                code.branch.empty() ? branch : code.branch)};
        case CodeCondition::detached_head:
            return {with_detail("HEAD is detached", code.detail), fmt::format("git switch {}", branch)};
        case CodeCondition::no_upstream:
            return {with_detail("the branch has no upstream", code.detail),
                    fmt::format("git branch --set-upstream-to {}", upstream_name(code))};
        case CodeCondition::wrong_branch:
            return {with_detail("another branch is checked out", code.detail), fmt::format("git switch {}", branch)};
        case CodeCondition::operation_pending:
            return {with_detail("the work tree has an unfinished operation", code.detail), abort_hint(code.detail)};
        case CodeCondition::index_locked:
            return {with_detail("another git is running, or has crashed",
                                code.detail.empty() ? ".git/index.lock exists" : code.detail),
                    "if no git runs there: rm .git/index.lock"};
        case CodeCondition::chosen_by_hand:
            return {with_detail("an operator enabled this release", code.detail), {}};
    }
    return {};
}

Blocked conflicting(const CodeTarget& target, const ObservedCode& code) {
    const auto& paths = target.conflicts;
    std::string list;
    for (std::size_t i = 0; i < std::min(paths.size(), conflicts_shown); ++i)
        list += fmt::format("{}{}", i > 0 ? ", " : "", paths[i]);
    if (paths.size() > conflicts_shown) list += fmt::format(" and {} more", paths.size() - conflicts_shown);
    return {fmt::format("cannot fast-forward {} to {}: local changes would be lost: {}", code.branch,
                        short_id(target.commit), list),
            "put them aside: git stash --include-untracked (a commit would also need git rebase)"};
}

void plan_code(const Gupfile& gupfile, const ObservedCode& code, const CodeTarget& target, Plan& plan) {
    Blocked blocked;
    const std::string upstream = upstream_name(code);
    const std::string here = short_id(code.commit);
    const std::string there = short_id(target.commit);
    if (code.condition != CodeCondition::ready) {
        blocked = not_ready(gupfile, code);
    } else if (target.relation == Relation::behind && !target.conflicts.empty()) {
        blocked = conflicting(target, code);
    } else if (target.relation == Relation::behind) {
        plan.steps.emplace_back(FastForward{code.branch, code.commit, target.commit, target.commits, target.need});
    } else if (target.relation == Relation::replaced) {
        plan.steps.emplace_back(DeployRevision{code.source, code.commit, target.commit});
    } else if (target.relation == Relation::same && code.submodules_differ) {
        plan.steps.emplace_back(UpdateSubmodules{});
    } else if (target.relation == Relation::ahead) {
        plan.notes.push_back(fmt::format("local commits are not on {}", upstream));
    } else if (target.relation == Relation::diverged) {
        blocked = {fmt::format("cannot fast-forward {}: local commit {} is not on {}, which is at {}", code.branch,
                               here, upstream, there),
                   fmt::format("git rebase {0} keeps it, git reset --hard {0} discards it", upstream)};
    } else if (target.relation == Relation::rewound) {
        blocked = {
            fmt::format("cannot fast-forward {}: {} was rewound or rewritten: it is at {}, and {} is no longer on it",
                        code.branch, upstream, there, here),
            fmt::format("if that is intended: git fetch && git reset --hard {}", upstream)};
    }
    plan.code_blocked = std::move(blocked.reason);
    plan.code_hint = std::move(blocked.hint);
}

Blocked malformed(const Gupfile& gupfile) {
    Error error = error_of(gupfile.problems);
    return {std::move(error.message), std::move(error.hint)};
}

// The place of the first error.
std::size_t first_error(const Gupfile& gupfile) {
    const auto& problems = gupfile.problems;
    const auto found = std::find_if(problems.begin(), problems.end(),
                                    [](const Problem& problem) { return problem.severity == Severity::error; });
    return static_cast<std::size_t>(found - problems.begin());
}

// Takes out what is known not to be available.
std::vector<Drift> without_held_pins(std::vector<Drift> drift, const std::vector<HeldPin>& held_back, Plan& plan) {
    std::erase_if(drift, [&](const Drift& one) {
        bool is_held = false;
        for (const HeldPin& held : held_back) {
            if (!holds_back(held, one.requirement)) continue;
            plan.held_back.push_back(held);
            is_held = true;
        }
        return is_held;
    });
    return drift;
}

void note_leftovers(const ObservedVirtualenv& virtualenv, Plan& plan) {
    if (virtualenv.leftovers.empty()) return;
    const std::size_t count = virtualenv.leftovers.size();
    plan.notes.push_back(count == 1 ? fmt::format("an interrupted pip left {}", virtualenv.leftovers.front())
                                    : fmt::format("an interrupted pip left {} folders, such as {}", count,
                                                  virtualenv.leftovers.front()));
}

std::string by_hand(const ObservedVirtualenv& virtualenv) {
    return fmt::format("create it again: rm -r {0}; python3 -m venv {0}", virtualenv.path);
}

// A distribution that a person installed and that no pin would bring back; empty: none.
std::string unknown_distribution(const Gupfile& gupfile, const ObservedVirtualenv& virtualenv) {
    for (const Distribution& one : virtualenv.distributions) {
        const std::string name = normalized_name(one.name);
        const auto is_it = [&](const Requirement& pin) { return normalized_name(pin.name) == name; };
        if (one.system || is_of_every_virtualenv(name)) continue;
        if (std::any_of(gupfile.pins.begin(), gupfile.pins.end(), is_it)) continue;
        const bool is_dependency = one.form == DistributionForm::dist_info && !one.requested && !one.editable;
        if (!is_dependency) return fmt::format("{} {}", one.name, one.version);
    }
    return {};
}

// Why a virtualenv that is broken is not made anew.
Blocked stays_broken(const Gupfile& gupfile, const ObservedVirtualenv& virtualenv, const PlanOptions& options,
                     const Plan& plan) {
    const std::string reason = broken_virtualenv(virtualenv.path, virtualenv.defect);
    if (gupfile.pins.empty()) return {reason, by_hand(virtualenv)};
    if (!options.create_virtualenv) {
        return {reason, fmt::format("{}, or create-venv = true below [python]", by_hand(virtualenv))};
    }
    if (!plan.held_back.empty()) {
        return {fmt::format("{}; it is not made again without {}", reason, display(plan.held_back.front().requirement)),
                by_hand(virtualenv)};
    }
    const std::string unknown = unknown_distribution(gupfile, virtualenv);
    if (unknown.empty()) return {};
    return {fmt::format("{}; it is not made again, because no pin would bring {}", reason, unknown),
            fmt::format("add a pin for it, or {}", by_hand(virtualenv))};
}

bool is_broken(const Gupfile& gupfile, const ObservedVirtualenv& virtualenv) {
    if (virtualenv.defect_kind == VirtualenvDefect::cannot_run) return true;
    return virtualenv.defect_kind == VirtualenvDefect::incomplete && !gupfile.pins.empty();
}

// In a new virtualenv.
std::vector<Drift> all_pins(const Gupfile& gupfile) {
    std::vector<Drift> drift;
    for (const Requirement& pin : gupfile.pins) drift.push_back({pin, std::string(not_installed), false});
    return drift;
}

// A lock file says where it may be used. What it locked for others may not run here.
bool is_for(const Gupfile& gupfile, const ObservedVirtualenv& virtualenv) {
    Requirement whole;
    whole.marker = gupfile.environment;
    return !virtualenv.present || applies(whole, virtualenv);
}

Blocked unusable(const Gupfile& gupfile, const ObservedVirtualenv& virtualenv, const PlanOptions& options) {
    if (!virtualenv.defect.empty()) return {broken_virtualenv(virtualenv.path, virtualenv.defect), by_hand(virtualenv)};
    if (!virtualenv.present && !options.create_virtualenv) {
        return {fmt::format("the gupfile has pins, but the connector has no virtualenv: {}", virtualenv.path),
                fmt::format("python3 -m venv {}", virtualenv.path)};
    }
    if (virtualenv.present && !virtualenv.unreadable.empty()) {
        return {fmt::format("every pip command fails on this file, because it is not UTF-8: {}",
                            virtualenv.unreadable.front()),
                "remove that distribution's folder by hand"};
    }
    if (!is_for(gupfile, virtualenv)) {
        return {fmt::format("{} is not for this Python and machine: it is for {}", gupfile.requirements,
                            gupfile.environment),
                "lock it for them, too, or make the virtualenv with a Python that fits"};
    }
    return {};
}

// Not from a virtualenv that lacks something: a package that is no longer named may stand in for it.
void plan_removal(const Gupfile& gupfile, const ObservedVirtualenv& virtualenv, Plan& plan) {
    if (!virtualenv.present || !virtualenv.defect.empty() || !plan.held_back.empty()) return;
    auto unnamed = find_unnamed(gupfile, virtualenv);
    if (!unnamed.empty()) plan.steps.emplace_back(RemovePackages{std::move(unnamed)});
}

void plan_pins(const Gupfile& gupfile, const ObservedVirtualenv& virtualenv, const PlanOptions& options, Plan& plan) {
    Blocked blocked;
    const bool broken = is_broken(gupfile, virtualenv);
    std::vector<Drift> drift =
        without_held_pins(broken ? all_pins(gupfile) : find_drift(gupfile, virtualenv), options.held_back, plan);
    if (!gupfile.usable()) {
        plan.told_problem = first_error(gupfile);
        blocked = malformed(gupfile);
    } else if (broken) {
        blocked = stays_broken(gupfile, virtualenv, options, plan);
    } else if (!drift.empty()) {
        blocked = unusable(gupfile, virtualenv, options);
    }
    if (virtualenv.present && !gupfile.pins.empty()) {
        note_leftovers(virtualenv, plan);
        if (blocked.reason.empty() && !virtualenv.defect.empty() && !broken)
            plan.notes.push_back(broken_virtualenv(virtualenv.path, virtualenv.defect));
    }
    if (blocked.reason.empty() && !drift.empty()) {
        if (!virtualenv.present || broken) {
            plan.steps.emplace_back(CreateVirtualenv{virtualenv.path, virtualenv.defect});
        }
        plan.steps.emplace_back(InstallPins{std::move(drift)});
    }
    if (options.prune && blocked.reason.empty()) plan_removal(gupfile, virtualenv, plan);
    plan.pins_blocked = std::move(blocked.reason);
    plan.pins_hint = std::move(blocked.hint);
}

std::string commits_text(std::size_t count) {
    return fmt::format("{} commit{}", count, count == 1 ? "" : "s");
}

std::string display_packages(const RemovePackages& step) {
    std::string out;
    for (const InstalledPackage& one : step.packages) {
        out += fmt::format("{}{} {}", out.empty() ? "" : ", ", one.name, one.version);
    }
    return out;
}

std::string display_pins(const InstallPins& step) {
    std::string out = "install ";
    bool first = true;
    for (const Drift& drift : step.pins) {
        if (!first) out += ", ";
        first = false;
        const bool absent = drift.installed == not_installed;
        out += fmt::format("{} ({}{})", display(drift.requirement), absent ? "" : "installed: ", drift.installed);
    }
    return out;
}

}  // namespace

Plan make_plan(const Gupfile& gupfile, const ObservedCode& code, const CodeTarget& target,
               const ObservedVirtualenv& virtualenv, const PlanOptions& options) {
    Plan plan;
    plan.problems = gupfile.problems;
    plan_code(gupfile, code, target, plan);
    plan_pins(gupfile, virtualenv, options, plan);
    return plan;
}

void drop_steps(Plan& plan) {
    for (const Step& step : plan.steps) {
        const auto* create = std::get_if<CreateVirtualenv>(&step);
        if (create != nullptr && !create->because.empty()) {
            plan.pins_blocked = broken_virtualenv(create->path, create->because);
        }
    }
    plan.steps.clear();
}

std::string broken_virtualenv(const std::string& path, const std::string& defect) {
    return fmt::format("the virtualenv {} cannot be used: {}", path, defect);
}

bool is_of_code(const Step& step) {
    return std::holds_alternative<UpdateSubmodules>(step) || !moves_to(step).empty();
}

std::string moves_to(const Step& step) {
    if (const auto* move = std::get_if<FastForward>(&step)) return move->to;
    if (const auto* move = std::get_if<DeployRevision>(&step)) return move->to;
    return {};
}

std::string display(const Step& step) {
    if (const auto* move = std::get_if<DeployRevision>(&step)) {
        const std::string from = move->from.empty() ? "nothing" : short_id(move->from);
        return fmt::format("deploy {} {} → {}", move->source, from, short_id(move->to));
    }
    if (const auto* move = std::get_if<FastForward>(&step)) {
        std::string out =
            fmt::format("fast-forward {} {} → {}", move->branch, short_id(move->from), short_id(move->to));
        if (move->commits > 0) out += fmt::format(" ({})", commits_text(move->commits));
        return out;
    }
    if (std::holds_alternative<UpdateSubmodules>(step)) return "update submodules";
    if (const auto* stacks = std::get_if<UpdateStacks>(&step))
        return stacks->changes.empty() ? "update its services" : "update services " + stacks->changes;
    if (const auto* restore = std::get_if<RestoreFolder>(&step))
        return fmt::format("copy the release to {} again: {}", restore->path, restore->damage);
    if (const auto* create = std::get_if<CreateVirtualenv>(&step))
        return create->because.empty() ? fmt::format("create virtualenv {}", create->path)
                                       : fmt::format("create virtualenv {} again: {}", create->path, create->because);
    if (const auto* remove = std::get_if<RemovePackages>(&step))
        return fmt::format("remove {}: the lock file does not name {}", display_packages(*remove),
                           remove->packages.size() == 1 ? "it" : "them");
    return display_pins(std::get<InstallPins>(step));
}

std::string display_done(const Step& step) {
    if (const auto* move = std::get_if<FastForward>(&step)) {
        const std::string commits = move->commits > 0 ? ", " + commits_text(move->commits) : "";
        return fmt::format("updated code {} → {} ({}{})", short_id(move->from), short_id(move->to), move->branch,
                           commits);
    }
    if (const auto* deployed = std::get_if<DeployRevision>(&step)) {
        const std::string from = deployed->from.empty() ? "nothing" : short_id(deployed->from);
        return fmt::format("deployed {} {} → {}", deployed->source, from, short_id(deployed->to));
    }
    if (std::holds_alternative<UpdateSubmodules>(step)) return "updated submodules";
    if (std::holds_alternative<UpdateStacks>(step)) return "updated its services";
    if (const auto* restore = std::get_if<RestoreFolder>(&step))
        return fmt::format("copied the release to {} again", restore->path);
    if (const auto* create = std::get_if<CreateVirtualenv>(&step))
        return create->because.empty() ? fmt::format("created virtualenv {}", create->path)
                                       : fmt::format("created virtualenv {} again: {}", create->path, create->because);
    if (const auto* remove = std::get_if<RemovePackages>(&step)) return "removed " + display_packages(*remove);
    std::string out;
    for (const Drift& drift : std::get<InstallPins>(step).pins) {
        out += fmt::format("{}{} {}", out.empty() ? "installed " : ", ", drift.requirement.name,
                           drift.requirement.version);
        if (drift.installed != not_installed) out += fmt::format(" (before: {})", drift.installed);
    }
    return out;
}

}  // namespace gup
