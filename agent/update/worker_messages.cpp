// SPDX-License-Identifier: Apache-2.0
#include "update/worker_messages.hpp"

#include <algorithm>
#include <cstdint>

#include "status/report_json.hpp"
#include "util/worker/channel.hpp"

namespace gup {

using nlohmann::json;

// A report goes into the status document, with those of all connectors.
static constexpr std::size_t longest_report = 256U << 10U;

json report_message(const ConnectorReport& report) {
    json value = report;
    value["generation"] = report.generation;
    value["waits_for_reboot"] = report.waits_for_reboot;
    return value;
}

Result<ConnectorReport> report_from_message(const json& value) {
    if (encode_message(value).size() > longest_report) {
        return Error{ErrorCode::protocol, "a worker's report is too long", {}};
    }
    try {
        auto report = value.get<ConnectorReport>();
        report.generation = text_member(value, "generation");
        report.waits_for_reboot = flag_member(value, "waits_for_reboot");
        return report;
    } catch (const json::exception& exception) {
        return Error{ErrorCode::protocol, std::string("a worker's report cannot be read: ") + exception.what(), {}};
    }
}

json run_message(const RunReport& run) {
    json connectors = json::array();
    for (const ConnectorReport& report : run.connectors) connectors.push_back(report_message(report));
    return {{"connectors", std::move(connectors)}, {"interrupted", run.interrupted}, {"signal", run.signal}};
}

Result<RunReport> run_from_message(const json& value) {
    RunReport run;
    run.interrupted = flag_member(value, "interrupted");
    run.signal = static_cast<int>(std::clamp<std::int64_t>(number_member(value, "signal"), 0, 64));
    for (const json& one : array_member(value, "connectors")) {
        GUP_TRY(ConnectorReport report, report_from_message(one));
        run.connectors.push_back(std::move(report));
    }
    return run;
}

}  // namespace gup
