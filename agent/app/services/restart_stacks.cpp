// SPDX-License-Identifier: Apache-2.0
#include "app/services/restart_stacks.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "app/output/message.hpp"
#include "app/output/output.hpp"
#include "app/output/print_text.hpp"
#include "app/services/deployed_units.hpp"
#include "app/services/repository_files.hpp"
#include "host/podman/quadlet.hpp"
#include "host/units/stack_units.hpp"
#include "util/printable.hpp"
#include "util/units.hpp"

namespace gup {
namespace {

using nlohmann::json;

// For so long, a unit must stay up before it is fine: a container that ends at once is "active" for a moment.
constexpr Milliseconds steady_for{3'000};

std::vector<UnitClaim> claims_of(const UnitNames& units) {
    std::vector<UnitClaim> claims;
    for (const std::string& unit : units) claims.push_back({.unit = unit, .connector = {}, .owner = {}});
    return claims;
}

// One restart, and what came of it.
class StackRestart {
public:
    StackRestart(const CommandLine& line, DeployedStacks stacks)
        : line_(line), stacks_(std::move(stacks)), systemd_(systemd_for(line)) {}

    Status run() {
        // Their files are gone: systemd forgets them with the reload, and they would run until the next boot.
        GUP_TRY(orphans_, running_orphans(stacks_.folder, systemd_));
        std::erase_if(orphans_, [&](const std::string& unit) { return !is_of_stack(unit); });
        GUP_CHECK(reload_units(systemd_));
        GUP_CHECK(stop_units(claims_of(orphans_), systemd_));
        GUP_TRY(const auto states, unit_states(stacks_.units(), systemd_));
        UnitNames loaded;
        for (const UnitState& state : states) {
            if (const Status status = check_loaded(state); status.ok()) {
                loaded.push_back(state.name);
            } else {
                errors_[state.name] = status.error();
            }
        }
        explain_missing();
        GUP_TRY(dependents_, fallen_dependents(loaded, systemd_));
        loaded.insert(loaded.end(), dependents_.begin(), dependents_.end());
        const auto claims = claims_of(loaded);
        const auto errors = restart_within(claims, limit(), systemd_, Looping::left);
        for (std::size_t i = 0; i < claims.size(); ++i) {
            if (errors[i]) errors_[claims[i].unit] = *errors[i];
            if (!errors[i]) restarted_.push_back(claims[i].unit);
        }
        for (const auto& [unit, error] : find_unsteady(restarted_, steady_for, systemd_)) errors_[unit] = error;
        return {};
    }

    [[nodiscard]] ExitCode code() const { return errors_.empty() ? ExitCode::success : ExitCode::connector_failed; }

    void print() const {
        for (const std::string& unit : orphans_) print_text("stopped {}: its file is gone\n", unit);
        for (const std::string& unit : restarted_) {
            if (!errors_.contains(unit)) print_text("restarted {}\n", unit);
        }
        for (const auto& [unit, error] : errors_) print_error(line_, printable(error.message), error.hint);
        if (stacks_.units().empty() && orphans_.empty()) print_text("reloaded the units\n");
    }

    [[nodiscard]] json document() const {
        json units = json::array();
        for (const DeployedStack& stack : stacks_.stacks) {
            for (const DeployedUnit& unit : stack.units) units.push_back(unit_json(unit.unit, stack.name));
        }
        for (const std::string& unit : dependents_) units.push_back(unit_json(unit, ""));
        return {{"schema", json_schema},
                {"units", std::move(units)},
                {"stopped", orphans_},
                {"unknown", stacks_.unknown},
                {"exit_code", static_cast<int>(code())}};
    }

private:
    [[nodiscard]] Milliseconds limit() const {
        return parse_duration(line_.services.within_text).value_or(Milliseconds{60'000});
    }

    [[nodiscard]] json unit_json(const std::string& unit, const std::string& stack) const {
        const auto error = errors_.find(unit);
        json value{{"unit", unit}, {"ok", error == errors_.end()}};
        if (!stack.empty()) value["stack"] = stack;
        if (error != errors_.end()) {
            value["error"] = {{"code", to_string(error->second.code)},
                              {"message", error->second.message},
                              {"hint", error->second.hint}};
        }
        return value;
    }

    // "gw-web.service" is of the stack gw.
    [[nodiscard]] bool is_of_stack(const std::string& unit) const {
        const auto names = words_of(line_.services.affected);
        return std::any_of(names.begin(), names.end(), [&](const std::string& name) {
            return unit == name + ".service" || unit.starts_with(name + "-");
        });
    }

    // Quadlet refused their files, and only its own words say why.
    void explain_missing() {
        if (errors_.empty()) return;
        const auto run = quadlet_dry_run(stacks_.folder, podman_for(line_));
        if (!run.ok()) return;
        for (const DeployedStack& stack : stacks_.stacks) {
            for (const DeployedUnit& unit : stack.units) {
                const auto error = errors_.find(unit.unit);
                if (error == errors_.end()) continue;
                for (const QuadletComplaint& one : run->complaints) {
                    if (one.file == unit.file) error->second = {ErrorCode::invalid_input, one.text, {}};
                }
            }
        }
    }

    const CommandLine& line_;
    DeployedStacks stacks_;
    Systemd systemd_;
    UnitNames orphans_, dependents_, restarted_;
    std::map<std::string, Error> errors_;  // by unit
};

}  // namespace

ExitCode restart_stacks_command(const CommandLine& line) {
    const auto names = words_of(line.services.affected);
    if (names.empty()) print_remark(line, "--affected-services names no stack: only the units are reloaded");
    const fs::path folder = folder_of_units(line);
    auto stacks =
        names.empty() ? Result<DeployedStacks>(DeployedStacks{.folder = folder}) : deployed_stacks(folder, names);
    if (!stacks.ok()) return fail_command(line, stacks.error());
    tell_of_unknown(line, *stacks);
    StackRestart restart(line, *std::move(stacks));
    if (const Status status = restart.run(); !status.ok()) {
        return fail_command(line, units_error(status.error(), systemd_for(line)));
    }
    if (line.form == OutputForm::json) {
        print_json(restart.document());
    } else {
        restart.print();
    }
    return restart.code();
}

}  // namespace gup
