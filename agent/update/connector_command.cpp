// SPDX-License-Identifier: Apache-2.0
#include "update/connector_command.hpp"

#include <fmt/format.h>

#include <utility>

#include "update/connector_update.hpp"
#include "update/status_store.hpp"

namespace gup {

ConnectorCommand::ConnectorCommand(const UpdateSettings& settings, const RunEvents& events, const std::string& name,
                                   std::string failure)
    : settings_(settings), events_(events), failure_(std::move(failure)) {
    report_.name = name;
    if (events.started) events.started({name});
}

void ConnectorCommand::remember() {
    const StatusDocument status = read_status(status_file(settings_)).value_or({});
    const ConnectorStatus* known = status.find(report_.name);
    if (known == nullptr) return;
    report_.pins = known->report.pins;
    report_.held_back = known->report.held_back;
    report_.quarantine = known->report.quarantine;
}

void ConnectorCommand::describe(const Observation& observation) {
    report_ = first_report(observation);
    remember();
    if (!observation.gupfile.pins.empty()) report_.pins = pin_states(observation.gupfile, observation.virtualenv);
}

void ConnectorCommand::add_action(const std::string& action, log::Level level) {
    log::record(level, report_.name, action);
    report_.actions.push_back(action);
}

RunReport ConnectorCommand::unchanged(const std::string& reason) {
    report_.outcome = Outcome::unchanged;
    report_.reason = reason;
    return finish();
}

RunReport ConnectorCommand::done() {
    if (report_.outcome == Outcome::unchanged && !report_.actions.empty()) report_.outcome = Outcome::updated;
    return finish();
}

RunReport ConnectorCommand::fail(const Error& error, Outcome outcome) {
    gup::fail(report_, error);
    report_.outcome = outcome;
    report_.actions.clear();
    is_saved_ = false;
    const std::string what = failure_.empty() ? report_.reason : fmt::format("{}: {}", failure_, report_.reason);
    log::record(log::Level::error, report_.name, log::with_hint(what, report_.hint));
    return finish();
}

RunReport ConnectorCommand::finish() {
    RunReport run;
    run.connectors.push_back(report_);
    if (events_.finished) events_.finished(report_);
    if (is_saved_ && !report_.actions.empty()) {
        const StatusDocument before = read_status(status_file(settings_)).value_or({});
        (void)save_status(settings_, before, run, Coverage::some_connectors);
    }
    return run;
}

}  // namespace gup
