#include "update/decide.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "transaction/transaction.hpp"
#include "update/source_target.hpp"
#include "util/log/log.hpp"
#include "util/parallel.hpp"
#include "util/sys/directory.hpp"
#include "util/sys/signals.hpp"
#include "util/units.hpp"

namespace gup {
namespace {

// Each takes memory for what it unpacks, and more would not make a slow link faster.
constexpr std::size_t downloads_at_once = 4;

Status fetch(GitRepository& repository, const Observation& observation, const RunEvents& events) {
    const std::string& name = observation.connector.name;
    return repository.fetch(observation.code, observation.latest_commit, [&](const TransferProgress& progress) {
        events.tell(name, fmt::format("fetching {}", format_size(progress.bytes)));
    });
}

bool is_here(const GitRepository& repository, const Observation& observation) {
    return observation.code.tracking_commit == observation.latest_commit &&
           repository.has_commit(observation.latest_commit);
}

Status fetch_in_place(GitRepository& repository, const Observation& observation, const fs::path& state,
                      const RunEvents& events) {
    if (is_here(repository, observation)) return {};
    const ObservedCode& code = observation.code;
    const std::string id = transaction_id(system_clock().now(), code.branch, observation.latest_commit);
    GUP_TRY(Transaction transaction,
            Transaction::begin({state, observation.connector.name, observation.owner, git_user(observation)}, id));
    GUP_CHECK(transaction.log_git(repository_folder(observation)));
    Status fetched = fetch(repository, observation, events);
    transaction.end();
    return fetched;
}

// A remote that went back is not fetched, which would move the tracking ref: it stays visible as rewound until somebody
// has looked.
bool is_rewound(const GitRepository& repository, const Observation& observation) {
    if (!repository.has_commit(observation.latest_commit)) return false;
    const auto target = repository.classify(observation.code, observation.latest_commit);
    return target.ok() && target->relation == Relation::rewound;
}

bool is_up_to_date(const Observation& observation) {
    if (observation.connector.declared != nullptr) return is_at_source(observation);
    return !observation.latest_commit.empty() && observation.latest_commit == observation.code.commit;
}

// Of some archives only a download tells which version they are.
bool has_answered(const Observation& observation) {
    return !observation.latest_commit.empty() || observation.available;
}

bool needs_fetch(const Observation& observation) {
    return !observation.error && has_answered(observation) && !is_up_to_date(observation);
}

Status fetch_for(Observation& observation, MaintenanceWindow& gate, const UpdateSettings& settings,
                 const RunEvents& events) {
    const log::ConnectorScope scope(observation.connector.name);
    GUP_TRY(const EffectiveUser acting, EffectiveUser::begin(observation.owner));
    if (observation.connector.declared != nullptr) {
        if (gate.ask(observation)) return is_deferred();
        return fetch_source(observation, events);
    }
    GUP_TRY(GitRepository repository, open_repository(observation));
    if (is_here(repository, observation) || is_rewound(repository, observation)) return {};
    if (gate.ask(observation)) return is_deferred();
    return fetch_in_place(repository, observation, settings.state, events);
}

Result<CodeTarget> find_target(const Observation& observation, const DecisionOptions& options, const RunEvents& events,
                               std::optional<std::string>& new_gupfile) {
    if (observation.fetch_error) return *observation.fetch_error;
    GUP_TRY(GitRepository original, open_repository(observation));
    std::optional<TemporaryFolder> folder;
    std::optional<GitRepository> aside;
    GitRepository* repository = &original;
    if (is_rewound(original, observation)) return original.classify(observation.code, observation.latest_commit);
    if (options.mode == FetchMode::aside) {
        GUP_TRY(folder, TemporaryFolder::make());
        GUP_TRY(aside, original.quarantine(folder->path()));
        repository = &*aside;
        GUP_CHECK(fetch(*repository, observation, events));
    } else {
        GUP_CHECK(fetch_in_place(original, observation, options.state, events));
    }
    GUP_TRY(CodeTarget target, repository->classify(observation.code, observation.latest_commit));
    if (target.relation != Relation::behind) return target;
    GUP_TRY(const auto before, repository->read_file_at(observation.code.commit, gupfile_name));
    GUP_TRY(const auto after, repository->read_file_at(target.commit, gupfile_name));
    if (before != after) new_gupfile = after.value_or("");
    return target;
}

Result<CodeTarget> find_new_code(const Observation& observation, const DecisionOptions& options,
                                 const RunEvents& events, std::optional<std::string>& new_gupfile) {
    if (observation.connector.declared == nullptr) return find_target(observation, options, events, new_gupfile);
    GUP_TRY(SourceTarget target, find_source_target(observation, options.mode, events));
    if (target.code.relation == Relation::behind) new_gupfile = std::move(target.gupfile);
    return std::move(target.code);
}

void make_decision(const Observation& observation, const DecisionOptions& options, Decision& decision) {
    decision.held_back.clear();
    // What is deployed of a source is complete, or nobody would come to make it so.
    PlanOptions plan_options{options.create_virtualenv || observation.connector.declared != nullptr, {}};
    for (const Drift& drift : find_drift(decision.gupfile, observation.virtualenv)) {
        for (const HeldPin& held : options.history.held_back) {
            if (!holds_back(held, drift.requirement)) continue;
            plan_options.held_back.push_back(drift.requirement);
            decision.held_back.push_back(held);
        }
    }
    decision.plan =
        make_plan(decision.gupfile, observation.code, decision.target, observation.virtualenv, plan_options);
}

bool is_quarantined(const std::string& commit, const DecisionOptions& options, Decision& decision) {
    const QuarantinedRelease* entry = find_quarantined(options.history.quarantine, {commit, decision.gupfile.pins});
    if (entry != nullptr) decision.quarantined = *entry;
    return entry != nullptr;
}

// A release that was taken back here is not made again: neither its code, nor, where only the virtualenv went back, its
// pins.
Decision heed_quarantine(const Observation& observation, const DecisionOptions& options, Decision decision) {
    const bool moves = decision.target.relation == Relation::behind && decision.plan.code_blocked.empty();
    if (moves && is_quarantined(decision.target.commit, options, decision)) {
        decide_without_move(observation, options, decision);
    } else if (!moves && is_quarantined(observation.code.commit, options, decision)) {
        decision.plan.steps.clear();
    } else {
        return decision;
    }
    decision.plan.code_blocked = display(*decision.quarantined);
    decision.plan.code_hint = quarantine_hint(observation.connector.name);
    return decision;
}

// What an operator installed and enabled by hand is his to change.
Decision leave_release(const Observation& observation) {
    Decision decision;
    decision.gupfile = observation.gupfile;
    decision.plan.code_blocked =
        fmt::format("release {} was enabled by hand and stays: {}", observation.release, observation.code.detail);
    decision.plan.code_hint = fmt::format(
        "gup-agent release install {0}, then release enable; gup-agent adopt --back {0} makes it a checkout again",
        observation.connector.name);
    return decision;
}

}  // namespace

Decision decide(const Observation& observation, const DecisionOptions& options, const RunEvents& events) {
    const bool is_followed = observation.code.condition != CodeCondition::not_a_repository;
    if (!observation.release.empty() && !is_followed) return leave_release(observation);
    Decision decision;
    decision.gupfile = observation.gupfile;
    decision.code_error = observation.remote_error;
    const DeclaredConnector* declared = observation.connector.declared;
    if (is_up_to_date(observation)) {
        decision.target.relation = Relation::same;
        decision.target.commit = observation.latest_commit;
    } else if (has_answered(observation)) {
        std::optional<std::string> new_gupfile;
        auto target = find_new_code(observation, options, events, new_gupfile);
        if (target.ok()) {
            decision.target = *std::move(target);
            if (new_gupfile && decision.target.conflicts.empty()) decision.gupfile = parse_gupfile(*new_gupfile);
            if (declared != nullptr) overlay_pins(decision.gupfile, declared->pins);
        } else {
            decision.code_error = target.error();
        }
    }
    make_decision(observation, options, decision);
    decision = heed_quarantine(observation, options, std::move(decision));
    if (decision.gupfile.layout == Layout::releases && !observation.is_in_releases()) {
        decision.plan.notes.push_back(
            fmt::format("its gupfile asks for the releases layout: gup-agent adopt {}", observation.connector.name));
    }
    return decision;
}

void fetch_all(std::vector<Observation>& observations, MaintenanceWindow& gate, const UpdateSettings& settings,
               const RunEvents& events) {
    std::vector<Observation*> wanting;
    for (Observation& one : observations) {
        if (needs_fetch(one)) {
            wanting.push_back(&one);
        } else if (one.connector.declared != nullptr && !one.latest_commit.empty()) {
            sweep_source(one);
        }
    }
    parallel_for(wanting.size(), std::min(settings.parallel, downloads_at_once), [&](std::size_t i) {
        if (stop_requested()) return;
        auto status = fetch_for(*wanting[i], gate, settings, events);
        if (!status.ok()) wanting[i]->fetch_error = std::move(status).error();
    });
}

void decide_without_move(const Observation& observation, const DecisionOptions& options, Decision& decision) {
    decision.gupfile = observation.gupfile;
    decision.target = {};
    make_decision(observation, options, decision);
}

}  // namespace gup
