// SPDX-License-Identifier: Apache-2.0
#include "doctor/hold_checks.hpp"

#include <fmt/format.h>

namespace gup {

void diagnose_holds(const std::vector<Hold>& holds, UnixTime now, Diagnosis& diagnosis) {
    for (const Hold& hold : holds) {
        if (hold.until != 0 || now - hold.since < longest_quiet_hold) continue;
        const std::string reason = hold.reason.empty() ? "" : fmt::format(" ({})", hold.reason);
        diagnosis.note(fmt::format("{} has been on hold for {}, without an end{}: {} ends it", hold.connector,
                                   span_text(now - hold.since), reason, unhold_hint(hold.connector)));
    }
}

void check_holds(const fs::path& state, UnixTime now, Diagnosis& diagnosis) {
    diagnosis.look();
    const auto holds = read_holds(state, now);
    if (holds.ok()) return diagnose_holds(*holds, now, diagnosis);
    diagnosis.find({"state", holds_file(state).string(), holds.error().message,
                    "no run starts: it is unknown which connectors are on hold", holds.error().hint});
}

}  // namespace gup
