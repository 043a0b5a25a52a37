// SPDX-License-Identifier: Apache-2.0
#include "update/supervise/held_connectors.hpp"

#include "connector/observe.hpp"
#include "update/decide.hpp"
#include "update/supervise/check_report.hpp"

namespace gup {

ConnectorReport held_report(const Hold& hold, const StatusDocument& status) {
    ConnectorReport report;
    if (const ConnectorStatus* known = status.find(hold.connector); known != nullptr) report = known->report;
    report.name = hold.connector;
    report.outcome = Outcome::skipped;
    report.reason = display(hold);
    report.hint = unhold_hint(hold.connector);
    report.from_commit = report.commit;
    report.actions.clear();
    report.generation.clear();
    report.unreachable = false;
    return report;
}

CheckReport held_check(const Hold& hold) {
    Preview preview;
    preview.observation.connector.name = hold.connector;
    preview.decision.plan.code_blocked = display(hold);
    preview.decision.plan.code_hint = unhold_hint(hold.connector);
    CheckReport report = make_check_report(preview);
    report.is_failed = false;
    report.is_skipped = true;
    return report;
}

}  // namespace gup
