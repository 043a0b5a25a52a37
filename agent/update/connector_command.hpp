// SPDX-License-Identifier: Apache-2.0
// One command for one connector, and its report: what add, adopt, release install, enable, prune, rollback and
// recover have in common. A command finds its connector, recovers it, begins (started), acts, and ends (finished) in one of these ways.
#pragma once

#include <string>

#include "connector/observe.hpp"
#include "connector/settings.hpp"
#include "core/report.hpp"
#include "status/status_document.hpp"
#include "util/log/log.hpp"

namespace gup {

class ConnectorCommand {
public:
    // `failure` begins the log line of a failure ("not added: …"); empty: the reason alone. Both outlive it.
    ConnectorCommand(const UpdateSettings& settings, const RunEvents& events, const std::string& name,
                     std::string failure);

    [[nodiscard]] ConnectorReport& report() { return report_; }
    // The report tells what the status document knows: pins, and what is held back or quarantined.
    void remember();
    // The same, and where the connector is now.
    void describe(const Observation& observation);
    // Something was done. It goes into the log and the report.
    void add_action(const std::string& action, log::Level level = log::Level::info);
    // A change that `status` is to know before the next night.
    void save_when_done() { is_saved_ = true; }

    // Nothing had to be done.
    [[nodiscard]] RunReport unchanged(const std::string& reason = {});
    // Success, as the actions say. The outcome is `updated` unless another one was set.
    [[nodiscard]] RunReport done();
    // Nothing was changed, or all was rolled back.
    [[nodiscard]] RunReport fail(const Error& error, Outcome outcome = Outcome::failed);
    [[nodiscard]] RunReport end(const Status& status) { return status.ok() ? done() : fail(status.error()); }

private:
    [[nodiscard]] RunReport finish();

    const UpdateSettings& settings_;
    const RunEvents& events_;
    std::string failure_;
    bool is_saved_ = false;
    ConnectorReport report_;
};

}  // namespace gup
