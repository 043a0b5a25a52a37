// SPDX-License-Identifier: Apache-2.0
#include "status/status_document.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "status/report_json.hpp"
#include "util/json.hpp"
#include "util/sys/directory.hpp"

namespace gup {
namespace {

using nlohmann::json;

constexpr int schema = 1;
constexpr std::uint64_t longest_status = 16U << 20U;

bool succeeded(Outcome outcome) {
    return outcome == Outcome::unchanged || outcome == Outcome::updated;
}

bool same_pins(const ConnectorReport& a, const ConnectorReport& b) {
    return std::equal(a.pins.begin(), a.pins.end(), b.pins.begin(), b.pins.end(),
                      [](const PinState& x, const PinState& y) {
                          return x.name == y.name && x.wanted == y.wanted && x.installed == y.installed;
                      });
}

bool same_held_back(const ConnectorReport& a, const ConnectorReport& b) {
    return std::equal(a.held_back.begin(), a.held_back.end(), b.held_back.begin(), b.held_back.end(),
                      [](const HeldPin& x, const HeldPin& y) {
                          return x.requirement.name == y.requirement.name &&
                                 x.requirement.version == y.requirement.version && x.since == y.since;
                      });
}

bool same_quarantine(const ConnectorReport& a, const ConnectorReport& b) {
    return std::equal(a.quarantine.begin(), a.quarantine.end(), b.quarantine.begin(), b.quarantine.end(),
                      [](const QuarantinedRelease& x, const QuarantinedRelease& y) {
                          return x.since == y.since && is_same_release(x.release, y.release);
                      });
}

bool differs_in_code(const ConnectorReport& before, const ConnectorReport& now) {
    return now.commit != before.commit || now.branch != before.branch || !same_pins(before, now) ||
           !same_held_back(before, now) || !same_quarantine(before, now) || now.waiting != before.waiting;
}

bool is_news(const ConnectorReport& before, const ConnectorReport& now) {
    if (!now.actions.empty()) return true;
    if (now.outcome != before.outcome && !(succeeded(now.outcome) && succeeded(before.outcome))) return true;
    if (!succeeded(now.outcome) && now.reason != before.reason) return true;
    return differs_in_code(before, now);
}

// A person has just taken it back; no run has looked at the connector since.
bool was_left_by_hand(const ConnectorReport& report) {
    if (report.quarantine.empty() || !report.quarantine.front().by_hand) return false;
    return report.outcome == Outcome::updated && report.from_commit == report.quarantine.front().release.commit;
}

// The run that rolls a release back gives the reason only; the runs that skip it name the release, too.
std::string told_reason(const ConnectorReport& report) {
    std::string text = report.reason;
    if (report.quarantine.empty()) return text;
    const QuarantinedRelease& newest = report.quarantine.front();
    const std::string told = display(newest);
    if (text.find(told) != std::string::npos || newest.reason.empty()) return text;
    if (const auto at = text.find(newest.reason); at != std::string::npos) text.replace(at, newest.reason.size(), told);
    return text;
}

ConnectorStatus next_status(const ConnectorStatus* before, const ConnectorReport& report, UnixTime now) {
    if (before != nullptr && !is_news(before->report, report)) return *before;
    if (before != nullptr && is_same_rollback(before->report, report)) {
        if (before->report.outcome == report.outcome) return *before;
        return {report, before->since, before->last_success};
    }
    ConnectorStatus status{report, now, before == nullptr ? 0 : before->last_success};
    if (succeeded(report.outcome)) status.last_success = now;
    return status;
}

json document_json(const StatusDocument& document) {
    json connectors = json::array();
    for (const ConnectorStatus& connector : document.connectors) {
        json entry = connector.report;
        entry["since"] = connector.since;
        entry["last_success"] = connector.last_success;
        connectors.push_back(std::move(entry));
    }
    return {{"schema", schema}, {"connectors", std::move(connectors)}};
}

// Bytes that are not UTF-8 (in a path or a child's output) must not prevent writing the document.
std::string dump(const json& value) {
    return value.dump(1, ' ', false, json::error_handler_t::replace) + "\n";
}

}  // namespace

bool succeeded(const ConnectorStatus& status) noexcept {
    return succeeded(status.report.outcome);
}

bool is_rolled_back(const ConnectorReport& report) {
    if (report.outcome == Outcome::rolled_back || was_left_by_hand(report)) return true;
    if (report.outcome != Outcome::skipped || report.quarantine.empty()) return false;
    const auto skips = [&](const QuarantinedRelease& entry) {
        return report.reason.find(display(entry)) != std::string::npos;
    };
    return std::any_of(report.quarantine.begin(), report.quarantine.end(), skips);
}

bool is_same_rollback(const ConnectorReport& before, const ConnectorReport& now) {
    if (!now.actions.empty() || before.quarantine.empty() || differs_in_code(before, now)) return false;
    if (was_left_by_hand(before)) {
        return now.outcome == Outcome::skipped && now.reason == display(before.quarantine.front());
    }
    return before.outcome == Outcome::rolled_back && now.outcome == before.outcome &&
           told_reason(before) == told_reason(now);
}

UnixTime last_seen(const ConnectorStatus& status, const std::optional<LastRun>& last_run) {
    if (!last_run || last_run->time <= status.since) return status.since;
    const auto& names = last_run->names;
    const bool looked_at = names.empty() || std::find(names.begin(), names.end(), status.report.name) != names.end();
    return looked_at ? last_run->time : status.since;
}

const ConnectorStatus* StatusDocument::find(const std::string& name) const {
    const auto found = std::find_if(connectors.begin(), connectors.end(),
                                    [&](const ConnectorStatus& entry) { return entry.report.name == name; });
    return found == connectors.end() ? nullptr : &*found;
}

Result<StatusDocument> read_status(const fs::path& file) {
    auto text = read_file(file, longest_status);
    if (!text.ok()) {
        if (text.error().code == ErrorCode::not_found) return StatusDocument{};
        return std::move(text).error();
    }
    constexpr const char* way_out = "remove it: the next run writes a new one";
    const auto parsed = parse_json(*text, longest_status);
    if (!parsed.ok()) {
        return Error{ErrorCode::corrupt, file.string() + " cannot be read: " + parsed.error().message, way_out};
    }
    try {
        const json& document = *parsed;
        if (document.value("schema", 0) != schema) {
            return Error{ErrorCode::corrupt, file.string() + " is not a status document of schema 1", {}};
        }
        StatusDocument result;
        for (const json& entry : document.at("connectors")) {
            result.connectors.push_back({entry.get<ConnectorReport>(), entry.value("since", UnixTime{0}),
                                         entry.value("last_success", UnixTime{0})});
        }
        return result;
    } catch (const json::exception& exception) {
        return Error{ErrorCode::corrupt, file.string() + " cannot be read: " + exception.what(), way_out};
    }
}

Status write_status(const fs::path& file, const StatusDocument& document) {
    GUP_CHECK(make_folders(file.parent_path(), 0755));
    const std::string text = dump(document_json(document));
    if (text.size() > longest_status) {
        return Error{ErrorCode::conflict, fmt::format("it would be longer than {} bytes", longest_status), {}};
    }
    return write_file_atomically(file, text);
}

StatusDocument merge_status(const StatusDocument& before, const RunReport& run, Coverage coverage, UnixTime now) {
    StatusDocument after;
    if (coverage == Coverage::some_connectors) {
        for (const ConnectorStatus& entry : before.connectors) {
            const auto reported = [&](const ConnectorReport& report) { return report.name == entry.report.name; };
            if (std::none_of(run.connectors.begin(), run.connectors.end(), reported)) after.connectors.push_back(entry);
        }
    }
    for (const ConnectorReport& report : run.connectors) {
        after.connectors.push_back(next_status(before.find(report.name), report, now));
    }
    std::sort(after.connectors.begin(), after.connectors.end(),
              [](const ConnectorStatus& a, const ConnectorStatus& b) { return a.report.name < b.report.name; });
    return after;
}

bool same_status(const StatusDocument& a, const StatusDocument& b) {
    // A night without news has the same values. Others may still be written the same: not all of them are.
    return a.connectors == b.connectors || document_json(a) == document_json(b);
}

}  // namespace gup
