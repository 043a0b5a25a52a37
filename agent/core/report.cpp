// SPDX-License-Identifier: Apache-2.0
#include "core/report.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <iterator>

#include "util/url.hpp"

namespace gup {
namespace {

// In the order of the summary.
constexpr std::array<Outcome, 7> outcomes{Outcome::updated, Outcome::rolled_back, Outcome::failed,   Outcome::blocked,
                                          Outcome::skipped, Outcome::deferred,    Outcome::unchanged};

bool is_success(Outcome outcome) {
    return outcome != Outcome::failed && outcome != Outcome::rolled_back && outcome != Outcome::blocked;
}

// No remote was asked for these: they follow none, or the run ended before their turn.
bool asked_no_remote(const ConnectorReport& report) {
    return report.outcome == Outcome::skipped || report.outcome == Outcome::blocked ||
           report.outcome == Outcome::deferred;
}

}  // namespace

std::string_view to_string(Outcome outcome) noexcept {
    constexpr std::array<std::string_view, outcomes.size()> names{"unchanged",   "updated", "skipped", "failed",
                                                                  "rolled_back", "blocked", "deferred"};
    return names[static_cast<std::size_t>(outcome)];
}

std::optional<Outcome> parse_outcome(std::string_view text) noexcept {
    for (const Outcome outcome : outcomes) {
        if (to_string(outcome) == text) return outcome;
    }
    return std::nullopt;
}

std::string display(Outcome outcome) {
    std::string text(to_string(outcome));
    std::replace(text.begin(), text.end(), '_', ' ');
    return text;
}

void fail(ConnectorReport& report, const Error& error) {
    report.outcome = Outcome::failed;
    report.unreachable = is_network_failure(error);
    report.reason = error.message;
    report.hint = error.hint;
}

bool RunReport::any_updated() const {
    return std::any_of(connectors.begin(), connectors.end(),
                       [](const ConnectorReport& report) { return !report.actions.empty(); });
}

bool RunReport::needs_reboot() const {
    return reboot_asked || std::any_of(connectors.begin(), connectors.end(), [](const ConnectorReport& report) {
               return !report.actions.empty() && report.restarted.empty();
           });
}

bool RunReport::nothing_reachable() const {
    const auto is_unreachable = [](const ConnectorReport& report) { return report.unreachable; };
    return std::any_of(connectors.begin(), connectors.end(), is_unreachable) &&
           std::all_of(connectors.begin(), connectors.end(),
                       [](const ConnectorReport& report) { return report.unreachable || asked_no_remote(report); });
}

ExitCode RunReport::exit_code() const {
    if (interrupted) return interrupted_by(signal);
    if (nothing_reachable()) return ExitCode::nothing_reachable;
    const bool success = std::all_of(connectors.begin(), connectors.end(),
                                     [](const ConnectorReport& report) { return is_success(report.outcome); });
    return success ? ExitCode::success : ExitCode::connector_failed;
}

ExitCode RunReport::detailed_exit_code() const {
    const ExitCode code = exit_code();
    if (code != ExitCode::connector_failed || interrupted || connectors.size() != 1) return code;
    const Outcome outcome = connectors.front().outcome;
    if (outcome == Outcome::blocked) return ExitCode::blocked;
    return outcome == Outcome::rolled_back ? ExitCode::rolled_back : code;
}

std::string RunReport::summary() const {
    std::string out;
    for (const Outcome outcome : outcomes) {
        const auto count = std::count_if(connectors.begin(), connectors.end(),
                                         [&](const ConnectorReport& report) { return report.outcome == outcome; });
        if (count > 0) out += fmt::format("{}{} {}", out.empty() ? "" : ", ", count, display(outcome));
    }
    if (!out.empty()) return out;
    return interrupted ? "nothing done" : "no connectors";
}

ExitCode interrupted_by(int signal) noexcept {
    return signal == SIGINT ? ExitCode::interrupted : ExitCode::connector_failed;
}

std::string interruption(const RunReport& report) {
    const std::size_t all = std::max(report.selected, report.connectors.size());
    std::string text =
        fmt::format("interrupted: {} of {} connector{} done", report.connectors.size(), all, all == 1 ? "" : "s");
    if (report.unfinished.empty()) return text + ", nothing half-changed";
    return text + fmt::format("; the next run brings {} back", fmt::join(report.unfinished, ", "));
}

std::string summary_for_json(std::string summary) {
    for (const Outcome outcome : outcomes) {
        const std::string shown = display(outcome);
        if (const auto at = summary.find(" " + shown); at != std::string::npos) {
            summary.replace(at + 1, shown.size(), to_string(outcome));
        }
    }
    return summary;
}

bool holds_back(const HeldPin& held, const Requirement& pin) {
    return is_same_requirement(held.requirement, pin) && held.requirement.hashes == pin.hashes;
}

std::vector<HeldPin> in_force(const std::vector<HeldPin>& held, std::int64_t now) {
    std::vector<HeldPin> result;
    std::copy_if(held.begin(), held.end(), std::back_inserter(result),
                 [now](const HeldPin& pin) { return now - pin.since < held_pin_patience; });
    return result;
}

}  // namespace gup
