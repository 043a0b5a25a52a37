// SPDX-License-Identifier: Apache-2.0
#include "update/rollback.hpp"

#include <fmt/format.h>

#include "connector/generation_store.hpp"
#include "connector/layout.hpp"
#include "connector/scan.hpp"
#include "transaction/recovery.hpp"
#include "update/connector_command.hpp"
#include "update/generation_switch.hpp"
#include "util/log/log.hpp"

namespace gup {
namespace {

// Refuses to move a work tree that a person is working in.
Status check_code(const ObservedCode& code, const Generation& target) {
    if (code.commit == target.commit) return {};
    const bool movable = code.condition == CodeCondition::ready || code.condition == CodeCondition::no_upstream;
    if (!movable || code.branch.empty()) {
        return Error{ErrorCode::conflict, fmt::format("the code cannot be rolled back: {}", code.detail),
                     "gup-agent check says more"};
    }
    if (code.branch == target.branch) return {};
    return Error{ErrorCode::conflict,
                 fmt::format("{} is from branch {}, but {} is checked out", target.id, target.branch, code.branch),
                 "git switch " + target.branch};
}

class Rollback {
public:
    Rollback(const UpdateSettings& settings, const RollbackRequest& request, const RunEvents& events)
        : settings_(settings), request_(request), events_(events) {}

    Result<RunReport> run() {
        GUP_CHECK(observe());
        GUP_TRY(const Generation target, find_target());
        ConnectorCommand command(settings_, events_, request_.connector, "not rolled back");
        command.describe(observation_);
        if (current_ && current_->id == target.id) return command.unchanged();
        if (layout_ == Layout::in_place) {
            if (auto status = check_code(observation_.code, target); !status.ok()) return command.fail(status.error());
        }
        auto run =
            switch_generation({observation_, target, layout_, left(), request_.reason}, command, settings_, events_);
        return run.ok() ? std::move(run) : command.fail(run.error());
    }

private:
    Status observe() {
        GUP_TRY(const ConnectorLayout site, find_layout(settings_, request_.connector));
        layout_ = layout_at(settings_.root, site.name);
        if (layout_ == Layout::releases) {
            GUP_CHECK(recover_if_needed(settings_, site.name));
            observation_ = observe_for_release(site, settings_);
            return {};
        }
        GUP_TRY(const Scan scan, scan_root(settings_));
        GUP_TRY(const auto connectors, select_connectors(scan, {request_.connector}));
        GUP_CHECK(recover_if_needed(settings_, site.name));
        observation_ = observe_here(connectors.front(), settings_);
        return observation_.error ? Status{*observation_.error} : Status{};
    }

    Result<Generation> find_target() {
        const ConnectorLayout site = layout_of(observation_, settings_.root);
        const auto generations = list_generations(site, layout_);
        const Generation* current = find_current(generations, observation_, layout_);
        if (current != nullptr) current_ = *current;
        const std::string& id = request_.generation;
        const Generation* target = id.empty() ? find_before(generations, current) : find_generation(generations, id);
        if (target != nullptr) return *target;
        const std::string what = id.empty() ? "generation to go back to" : "generation " + id;
        return Error{ErrorCode::invalid_input, fmt::format("{} has no {}", request_.connector, what),
                     known_ids(generations, layout_ == Layout::releases
                                                ? "none is installed: gup-agent release install " + request_.connector
                                                : "no update has been recorded here yet")};
    }

    // Not brought back by the next night.
    [[nodiscard]] std::optional<Release> left() const {
        const std::string& settings = observation_.stacks.settings;
        if (layout_ == Layout::in_place) return Release{observation_.code.commit, observation_.gupfile.pins, settings};
        if (!current_) return std::nullopt;
        return Release{current_->commit, current_->pins, settings};
    }

    const UpdateSettings& settings_;
    const RollbackRequest& request_;
    const RunEvents& events_;
    Layout layout_ = Layout::in_place;
    Observation observation_;
    std::optional<Generation> current_;  // that runs
};

}  // namespace

Result<RunReport> run_rollback(const UpdateSettings& settings, const RollbackRequest& request,
                               const RunEvents& events) {
    const log::ConnectorScope scope(request.connector);
    return Rollback(settings, request, events).run();
}

}  // namespace gup
