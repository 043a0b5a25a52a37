#include "fleet/report_json.hpp"

#include <nlohmann/json.hpp>

#include "util/url.hpp"

namespace gup {

using nlohmann::json;

static json pin_json(const PinState& pin) {
    return {{"name", pin.name}, {"wanted", pin.wanted}, {"installed", pin.installed}};
}

static json held_json(const HeldPin& held) {
    return {{"name", held.requirement.name},
            {"version", held.requirement.version},
            {"source", mask_secrets(held.requirement.source)},
            {"reason", held.reason},
            {"since", held.since}};
}

void to_json(json& result, const ConnectorReport& report) {
    json pins = json::array();
    for (const PinState& pin : report.pins) pins.push_back(pin_json(pin));
    json held_back = json::array();
    for (const HeldPin& held : report.held_back) held_back.push_back(held_json(held));
    result = {{"name", report.name},
              {"outcome", to_string(report.outcome)},
              {"reason", report.reason},
              {"hint", report.hint},
              {"branch", report.branch},
              {"from", report.from_commit},
              {"commit", report.commit},
              {"actions", report.actions},
              {"unreachable", report.unreachable},
              {"pins", std::move(pins)},
              {"held_back", std::move(held_back)}};
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
    report.unreachable = source.value("unreachable", false);
    for (const json& pin : source.value("pins", json::array())) {
        report.pins.push_back({pin.value("name", ""), pin.value("wanted", ""), pin.value("installed", "")});
    }
    for (const json& held : source.value("held_back", json::array())) {
        Requirement requirement{held.value("name", ""), held.value("version", ""), held.value("source", ""), 0};
        report.held_back.push_back(
            {std::move(requirement), held.value("reason", ""), held.value("since", std::int64_t{0})});
    }
}

}  // namespace gup
