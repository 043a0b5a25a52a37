// SPDX-License-Identifier: Apache-2.0
#include "status/report_json.hpp"

#include <nlohmann/json.hpp>

#include "status/requirement_json.hpp"
#include "util/json.hpp"

namespace gup {

using nlohmann::json;

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(PinState, name, wanted, installed)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Waiting, since, until, window, days)

static json held_json(const HeldPin& held) {
    json result = requirement_json(held.requirement, HashesIn::written);
    result["reason"] = held.reason;
    result["since"] = held.since;
    return result;
}

static json quarantine_json(const QuarantinedRelease& entry) {
    json pins = json::array();
    for (const Requirement& pin : entry.release.pins) pins.push_back(requirement_json(pin));
    json result{
        {"commit", entry.release.commit}, {"pins", std::move(pins)}, {"reason", entry.reason}, {"since", entry.since}};
    if (!entry.release.settings.empty()) result["settings"] = entry.release.settings;
    if (entry.is_of_containers) result["containers"] = true;
    return result;
}

static QuarantinedRelease quarantined_from(const json& source) {
    QuarantinedRelease entry;
    entry.release.commit = source.value("commit", "");
    entry.release.settings = source.value("settings", "");
    entry.is_of_containers = source.value("containers", false);
    for (const json& pin : array_member(source, "pins")) entry.release.pins.push_back(requirement_from_json(pin));
    entry.reason = source.value("reason", "");
    entry.since = source.value("since", std::int64_t{0});
    entry.by_hand = entry.reason == rolled_back_by_hand;
    return entry;
}

void to_json(json& result, const ConnectorReport& report) {
    json held_back = json::array();
    for (const HeldPin& held : report.held_back) held_back.push_back(held_json(held));
    json quarantine = json::array();
    for (const QuarantinedRelease& entry : report.quarantine) quarantine.push_back(quarantine_json(entry));
    result = {{"name", report.name},
              {"outcome", to_string(report.outcome)},
              {"reason", report.reason},
              {"hint", report.hint},
              {"branch", report.branch},
              {"from", report.from_commit},
              {"commit", report.commit},
              {"actions", report.actions},
              {"requirements", report.requirements},
              {"restarted", report.restarted},
              {"unreachable", report.unreachable},
              {"pins", report.pins},
              {"held_back", std::move(held_back)},
              {"quarantine", std::move(quarantine)},
              {"waiting", report.waiting ? json(*report.waiting) : json(nullptr)}};
}

void from_json(const json& source, ConnectorReport& report) {
    report.name = source.value("name", "");
    report.outcome = parse_outcome(source.value("outcome", "")).value_or(Outcome::unchanged);
    report.reason = source.value("reason", "");
    report.hint = source.value("hint", "");
    report.branch = source.value("branch", "");
    report.from_commit = source.value("from", "");
    report.commit = source.value("commit", "");
    report.actions = source.value("actions", std::vector<std::string>{});
    report.requirements = source.value("requirements", "");
    report.restarted = source.value("restarted", "");
    report.unreachable = source.value("unreachable", false);
    report.pins = source.value("pins", std::vector<PinState>{});
    for (const json& held : array_member(source, "held_back")) {
        report.held_back.push_back(
            {requirement_from_json(held), held.value("reason", ""), held.value("since", std::int64_t{0})});
    }
    for (const json& entry : array_member(source, "quarantine")) {
        report.quarantine.push_back(quarantined_from(entry));
    }
    if (const auto waiting = source.find("waiting"); waiting != source.end() && waiting->is_object()) {
        report.waiting = *waiting;
    }
}

}  // namespace gup
