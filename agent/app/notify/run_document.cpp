// SPDX-License-Identifier: Apache-2.0
#include "app/notify/run_document.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "app/output/output.hpp"
#include "status/report_json.hpp"
#include "util/json.hpp"
#include "util/printable.hpp"

namespace gup {
namespace {

using nlohmann::json;

constexpr std::size_t longest_text = 3000;  // ntfy takes 4096 bytes

std::string ascii(std::string_view text) {
    std::string plain = printable(text);
    std::replace_if(
        plain.begin(), plain.end(), [](unsigned char c) { return c < ' ' || c > '~'; }, '?');
    return plain;
}

std::string line_of(const json& connector) {
    const auto outcome = parse_outcome(text_member(connector, "outcome"));
    if (!outcome) return {};
    const std::string name = text_member(connector, "name");
    if (is_failure(*outcome)) {
        return printable(fmt::format("{} {}: {}", name, display(*outcome), text_member(connector, "reason")));
    }
    if (*outcome != Outcome::updated) return {};
    std::string text = fmt::format("{} updated", name);
    const char* separator = ": ";
    for (const json& action : array_member(connector, "actions")) {
        if (!action.is_string()) continue;
        text += separator + action.get<std::string>();
        separator = "; ";
    }
    return printable(text);
}

}  // namespace

bool is_failure(Outcome outcome) noexcept {
    return outcome == Outcome::failed || outcome == Outcome::rolled_back || outcome == Outcome::blocked;
}

RunResult result_of(const RunReport& report) {
    const auto any = [&](auto wanted) {
        return std::any_of(report.connectors.begin(), report.connectors.end(), wanted);
    };
    if (report.interrupted || any([](const ConnectorReport& one) { return is_failure(one.outcome); })) {
        return RunResult::failed;
    }
    return report.any_updated() ? RunResult::changed : RunResult::unchanged;
}

std::string_view to_string(RunResult result) noexcept {
    if (result == RunResult::failed) return "failed";
    return result == RunResult::changed ? "changed" : "unchanged";
}

json run_document(const RunFacts& facts, const RunReport& report) {
    return {{"schema", json_schema},
            {"event", "run"},
            {"gateway", facts.gateway},
            {"agent", facts.agent},
            {"command", facts.command},
            {"started", facts.started},
            {"ended", facts.ended},
            {"result", to_string(result_of(report))},
            {"exit_code", static_cast<int>(facts.exit_code)},
            {"interrupted", report.interrupted},
            {"summary", summary_for_json(report.summary())},
            {"connectors", report.connectors}};
}

RunMessage message_of(const json& document) {
    RunMessage message;
    const std::string result = text_member(document, "result");
    for (const RunResult one : {RunResult::unchanged, RunResult::changed, RunResult::failed}) {
        if (to_string(one) == result) message.result = one;
    }
    std::string summary = text_member(document, "summary");
    std::replace(summary.begin(), summary.end(), '_', ' ');
    message.title = ascii(fmt::format("{}: {}", text_member(document, "gateway"), summary));
    for (const json& connector : array_member(document, "connectors")) {
        const std::string line = line_of(connector);
        if (line.empty()) continue;
        if (message.text.size() + line.size() > longest_text) {
            message.text += "…\n";
            break;
        }
        message.text += line + '\n';
    }
    return message;
}

}  // namespace gup
