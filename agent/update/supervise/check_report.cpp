// SPDX-License-Identifier: Apache-2.0
#include "update/supervise/check_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

#include "update/connector_update.hpp"
#include "util/url.hpp"
#include "util/worker/channel.hpp"

namespace gup {
namespace {

using nlohmann::json;

struct StepJson {
    json operator()(const FastForward& step) const {
        return {{"kind", "fast_forward"},
                {"branch", step.branch},
                {"from", step.from},
                {"to", step.to},
                {"commits", step.commits}};
    }
    json operator()(const DeployRevision& step) const {
        return {{"kind", "deploy"}, {"source", step.source}, {"from", step.from}, {"to", step.to}};
    }
    json operator()(const RestoreFolder& step) const {
        return {{"kind", "restore_folder"}, {"path", step.path}, {"damage", step.damage}};
    }
    json operator()(const UpdateStacks&) const { return {{"kind", "update_services"}}; }
    json operator()(const UpdateSubmodules&) const { return {{"kind", "update_submodules"}}; }
    json operator()(const CreateVirtualenv& step) const {
        return {{"kind", "create_environment"}, {"path", step.path}};
    }
    json operator()(const RemovePackages& step) const {
        json packages = json::array();
        for (const InstalledPackage& one : step.packages) {
            packages.push_back({{"name", one.name}, {"version", one.version}});
        }
        return {{"kind", "remove_packages"}, {"packages", std::move(packages)}};
    }
    json operator()(const InstallPins& step) const {
        json pins = json::array();
        for (const Drift& drift : step.pins) {
            pins.push_back({{"name", drift.requirement.name},
                            {"version", wanted_version(drift.requirement)},
                            {"source", mask_secrets(drift.requirement.source)},
                            {"installed", drift.installed}});
        }
        return {{"kind", "install_pins"}, {"pins", std::move(pins)}};
    }
};

const std::optional<Error>& error_of(const Preview& preview) {
    return preview.observation.error ? preview.observation.error : preview.decision.code_error;
}

bool is_unreachable(const Preview& preview) {
    return error_of(preview) && is_network_failure(*error_of(preview));
}

// A connector that `now` would skip is not a failure here.
bool is_failed(const Preview& preview) {
    const Plan& plan = preview.decision.plan;
    const bool code_failed = !plan.code_blocked.empty() &&
                             blocked_outcome(preview.decision, preview.observation.code.condition) != Outcome::skipped;
    return error_of(preview) || !plan.pins_blocked.empty() || code_failed || !preview.decision.held_back.empty();
}

json document_of(const Preview& preview) {
    const Plan& plan = preview.decision.plan;
    json steps = json::array();
    for (const Step& step : plan.steps) {
        steps.push_back(std::visit(StepJson{}, step));
        steps.back()["text"] = display(step);
    }
    json problems = json::array();
    for (const Problem& problem : plan.problems) {
        problems.push_back({{"severity", problem.severity == Severity::error ? "error" : "warning"},
                            {"file", problem.file.empty() ? gupfile_name : problem.file},
                            {"line", problem.line},
                            {"column", problem.column},
                            {"message", problem.message},
                            {"hint", problem.hint}});
    }
    json held_back = json::array();
    for (const HeldPin& held : preview.decision.held_back) {
        held_back.push_back(
            {{"name", held.requirement.name}, {"version", held.requirement.version}, {"reason", held.reason}});
    }
    const auto& error = error_of(preview);
    return {{"name", preview.observation.connector.name},
            {"steps", std::move(steps)},
            {"problems", std::move(problems)},
            {"code_blocked", plan.code_blocked},
            {"code_hint", plan.code_hint},
            {"pins_blocked", plan.pins_blocked},
            {"pins_hint", plan.pins_hint},
            {"held_back", std::move(held_back)},
            {"notes", plan.notes},
            {"error", error ? error->message : ""},
            {"hint", error ? error->hint : ""},
            {"unreachable", is_unreachable(preview)}};
}

std::vector<CheckReport::Line> lines_of(const Preview& preview) {
    using Kind = CheckReport::Kind;
    std::vector<CheckReport::Line> lines;
    const std::string& name = preview.observation.connector.name;
    const Plan& plan = preview.decision.plan;
    for (const Step& step : plan.steps) lines.push_back({name, display(step), {}, Kind::step});
    for (const Problem& problem : plan.problems) {
        const Kind kind = problem.severity == Severity::error ? Kind::problem : Kind::note;
        lines.push_back({place_of(problem, name + "/"), problem.message, problem.hint, kind});
    }
    if (!plan.code_blocked.empty()) lines.push_back({name, plan.code_blocked, plan.code_hint, Kind::problem});
    // The problems of an unusable gupfile were told above.
    if (!plan.pins_blocked.empty() && preview.decision.gupfile.usable()) {
        lines.push_back({name, plan.pins_blocked, plan.pins_hint, Kind::problem});
    }
    for (const HeldPin& held : preview.decision.held_back) {
        lines.push_back(
            {name, fmt::format("{} is not tried: {}", display(held.requirement), held.reason), {}, Kind::problem});
    }
    for (const std::string& note : plan.notes) lines.push_back({name, note, {}, Kind::note});
    if (const auto& error = error_of(preview)) lines.push_back({name, error->message, error->hint, Kind::problem});
    const bool is_silent =
        plan.empty() && plan.problems.empty() && !is_failed(preview) && plan.code_blocked.empty() && plan.notes.empty();
    if (is_silent) lines.push_back({name, "nothing to do", {}, Kind::nothing});
    return lines;
}

}  // namespace

CheckReport make_check_report(const Preview& preview) {
    const Plan& plan = preview.decision.plan;
    CheckReport report{preview.observation.connector.name, document_of(preview), lines_of(preview)};
    report.has_steps = !plan.empty();
    report.is_failed = is_failed(preview);
    report.is_unreachable = is_unreachable(preview);
    report.is_skipped = !report.is_failed && !plan.code_blocked.empty();
    return report;
}

CheckReport failed_check(const std::string& connector, const Error& error) {
    Preview preview;
    preview.observation.connector.name = connector;
    preview.observation.error = error;
    return make_check_report(preview);
}

json check_message(const CheckReport& report) {
    json lines = json::array();
    for (const auto& line : report.lines) {
        lines.push_back({{"subject", line.subject}, {"text", line.text}, {"hint", line.hint}, {"kind", line.kind}});
    }
    return {{"name", report.name},
            {"document", report.document},
            {"lines", std::move(lines)},
            {"has_steps", report.has_steps},
            {"is_failed", report.is_failed},
            {"is_unreachable", report.is_unreachable},
            {"is_skipped", report.is_skipped}};
}

CheckReport check_from_message(const json& value) {
    CheckReport report;
    report.name = text_member(value, "name");
    report.has_steps = flag_member(value, "has_steps");
    report.is_failed = flag_member(value, "is_failed");
    report.is_unreachable = flag_member(value, "is_unreachable");
    report.is_skipped = flag_member(value, "is_skipped");
    report.document = member_of(value, "document");
    if (!report.document.is_object()) report.document = json::object();
    report.document["name"] = report.name;
    for (const json& line : array_member(value, "lines")) {
        const auto kind = std::clamp<std::int64_t>(number_member(line, "kind"), 0, 3);
        report.lines.push_back({text_member(line, "subject"), text_member(line, "text"), text_member(line, "hint"),
                                static_cast<CheckReport::Kind>(kind)});
    }
    return report;
}

}  // namespace gup
