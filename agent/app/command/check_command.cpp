#include "app/command/check_command.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "app/command/commands.hpp"
#include "app/config/network.hpp"
#include "app/output/display.hpp"
#include "app/output/output.hpp"
#include "app/output/print_text.hpp"
#include "update/connector_update.hpp"
#include "update/run.hpp"
#include "util/printable.hpp"
#include "util/url.hpp"

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
    json operator()(const UpdateSubmodules&) const { return {{"kind", "update_submodules"}}; }
    json operator()(const CreateVirtualenv& step) const {
        return {{"kind", "create_environment"}, {"path", step.path}};
    }
    json operator()(const InstallPins& step) const {
        json pins = json::array();
        for (const Drift& drift : step.pins) {
            pins.push_back({{"name", drift.requirement.name},
                            {"version", drift.requirement.version},
                            {"source", mask_secrets(drift.requirement.source)},
                            {"installed", drift.installed}});
        }
        return {{"kind", "install_pins"}, {"pins", std::move(pins)}};
    }
};

const std::optional<Error>& error_of(const Preview& preview) {
    return preview.observation.error ? preview.observation.error : preview.decision.code_error;
}

bool unreachable(const Preview& preview) {
    return error_of(preview) && is_network_failure(*error_of(preview));
}

// A connector that `now` would skip is not a failure here.
bool failed(const Preview& preview) {
    const Plan& plan = preview.decision.plan;
    const bool code_failed =
        !plan.code_blocked.empty() && blocked_outcome(preview.observation.code.condition) == Outcome::failed;
    return error_of(preview) || !plan.pins_blocked.empty() || code_failed || !preview.decision.held_back.empty();
}

bool is_unreachable_or_skipped(const Preview& preview) {
    return unreachable(preview) || (!failed(preview) && !preview.decision.plan.code_blocked.empty());
}

ExitCode exit_code(const std::vector<Preview>& previews) {
    const auto has_steps = [](const Preview& preview) { return !preview.decision.plan.empty(); };
    if (std::any_of(previews.begin(), previews.end(), has_steps)) return ExitCode::something_to_do;
    if (std::any_of(previews.begin(), previews.end(), unreachable) &&
        std::all_of(previews.begin(), previews.end(), is_unreachable_or_skipped))
        return ExitCode::nothing_reachable;
    return std::any_of(previews.begin(), previews.end(), failed) ? ExitCode::connector_failed : ExitCode::success;
}

json preview_json(const Preview& preview) {
    const Plan& plan = preview.decision.plan;
    json steps = json::array();
    for (const Step& step : plan.steps) {
        steps.push_back(std::visit(StepJson{}, step));
        steps.back()["text"] = display(step);
    }
    json problems = json::array();
    for (const Problem& problem : plan.problems) {
        problems.push_back({{"severity", problem.severity == Severity::error ? "error" : "warning"},
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
            {"unreachable", unreachable(preview)}};
}

void print_line(const std::string& name, const std::string& text, const std::string& hint = {}) {
    print_text("{}: {}\n", printable(name), printable(text));
    if (!hint.empty()) print_text("  hint: {}\n", printable(hint));
}

void print_preview(const Preview& preview) {
    const std::string& name = preview.observation.connector.name;
    const Plan& plan = preview.decision.plan;
    for (const Step& step : plan.steps) print_line(name, display(step));
    for (const Problem& problem : plan.problems) {
        print_line(fmt::format("{}/gupfile:{}:{}", name, problem.line, problem.column), problem.message, problem.hint);
    }
    if (!plan.code_blocked.empty()) print_line(name, plan.code_blocked, plan.code_hint);
    // The problems of an unusable gupfile were printed above.
    if (!plan.pins_blocked.empty() && preview.decision.gupfile.usable())
        print_line(name, plan.pins_blocked, plan.pins_hint);
    for (const HeldPin& held : preview.decision.held_back) {
        print_line(name, fmt::format("{} is not tried: {}", display(held.requirement), held.reason));
    }
    for (const std::string& note : plan.notes) print_line(name, note);
    if (const auto& error = error_of(preview)) print_line(name, error->message, error->hint);
    const bool silent =
        plan.empty() && plan.problems.empty() && !failed(preview) && plan.code_blocked.empty() && plan.notes.empty();
    if (silent) print_line(name, "nothing to do");
}

}  // namespace

ExitCode check_command(const CommandLine& line, const Config& config) {
    const auto network = Network::start(config, DataBudget::Keep::no);
    if (!network.ok()) return report_error(line, network.error());
    network->lift_data_limit();
    const auto previews = run_check(network->settings(config), line.names, {});
    if (!previews.ok()) return report_error(line, previews.error());
    const ExitCode code = exit_code(*previews);
    if (line.form == OutputForm::text) {
        for (const Preview& preview : *previews) print_preview(preview);
        if (previews->empty()) print_text("no connectors\n");
        return code;
    }
    json connectors = json::array();
    for (const Preview& preview : *previews) connectors.push_back(preview_json(preview));
    print_json({{"schema", json_schema}, {"connectors", std::move(connectors)}, {"exit_code", static_cast<int>(code)}});
    return code;
}

}  // namespace gup
