// SPDX-License-Identifier: Apache-2.0
// Messages of a worker, which acts for an owner, as the agent reads them, in pieces of the size that the first byte says.
#include "update/worker_messages.hpp"

#include "doctor/diagnosis_message.hpp"
#include "fuzz.hpp"
#include "update/supervise/check_report.hpp"
#include "util/worker/channel.hpp"

void gup::fuzz::take(std::string_view input) {
    if (input.empty()) return;
    const std::size_t piece = static_cast<unsigned char>(input.front()) + 1U;
    input.remove_prefix(1);
    MessageReader reader;
    while (!input.empty()) {
        reader.add(input.substr(0, piece));
        input.remove_prefix(std::min(piece, input.size()));
        for (;;) {
            const Result<std::optional<nlohmann::json>> message = reader.next();
            if (!message) return;
            if (!*message) break;
            (void)error_from(**message);
            (void)report_from_message(**message);
            (void)check_from_message(**message);
            const Result<RunReport> run = run_from_message(**message);
            if (run) check(run_from_message(run_message(*run)).ok(), "a report is read as it was sent");
            ConnectorDiagnosis all;
            add_from_message(**message, all);
        }
    }
}
