// SPDX-License-Identifier: Apache-2.0
#include "app/services/stack_status.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>

#include "app/output/display.hpp"
#include "app/output/message.hpp"
#include "app/output/output.hpp"
#include "app/output/print_text.hpp"
#include "app/output/table.hpp"
#include "app/services/deployed_units.hpp"
#include "app/services/repository_files.hpp"
#include "host/podman/images.hpp"
#include "util/clock.hpp"
#include "util/printable.hpp"
#include "util/units.hpp"

namespace gup {
namespace {

using nlohmann::json;

struct UnitSheet {
    std::string stack;
    DeployedUnit unit;
    UnitState state;
    std::optional<ContainerState> container;
    std::string digest;

    // A job that ended well is fine, too.
    [[nodiscard]] bool is_fine() const {
        const bool is_up = state.active == "active" || has_ended_well(state) || is_skipped(state);
        return is_up && (!container || container->health != "unhealthy");
    }
    [[nodiscard]] std::string health() const { return container ? container->health : std::string(); }
    [[nodiscard]] std::string image() const {
        return container && !container->image.empty() ? container->image : unit.image;
    }
    // Seconds; nullopt: it does not run.
    [[nodiscard]] std::optional<std::int64_t> up_for() const {
        if (state.active != "active" || state.active_since == 0) return std::nullopt;
        const auto since = static_cast<std::int64_t>(state.active_since / 1'000'000);
        return std::max<std::int64_t>(system_clock().monotonic().count() / 1000 - since, 0);
    }
};

// A machine without podman, or one that does not answer, still has units.
void add_containers(std::vector<UnitSheet>& sheets, const CommandLine& line) {
    const Podman podman = podman_for(line);
    const auto containers = container_states(podman);
    if (!containers.ok()) {
        print_error(line, containers.error().message, containers.error().hint);
        return;
    }
    const auto digests = image_digests(podman).value_or({});
    for (UnitSheet& sheet : sheets) {
        for (const ContainerState& one : *containers) {
            if (one.unit != sheet.unit.unit) continue;
            sheet.container = one;
            if (const auto digest = digests.find(one.image_id); digest != digests.end()) sheet.digest = digest->second;
        }
    }
}

Result<std::vector<UnitSheet>> sheets_of(const DeployedStacks& stacks, const CommandLine& line) {
    GUP_TRY(const auto states, unit_states(stacks.units(), systemd_for(line)));
    std::vector<UnitSheet> sheets;
    for (const DeployedStack& stack : stacks.stacks) {
        for (const DeployedUnit& unit : stack.units) {
            UnitSheet sheet{.stack = stack.name, .unit = unit, .state = {}, .container = {}, .digest = {}};
            if (sheets.size() < states.size()) sheet.state = states[sheets.size()];
            sheets.push_back(std::move(sheet));
        }
    }
    if (!sheets.empty()) add_containers(sheets, line);
    return sheets;
}

json sheet_json(const UnitSheet& sheet) {
    json value{{"stack", sheet.stack},         {"unit", sheet.unit.unit},          {"file", sheet.unit.file},
               {"load", sheet.state.load},     {"active", sheet.state.active},     {"sub", sheet.state.sub},
               {"result", sheet.state.result}, {"restarts", sheet.state.restarts}, {"image", sheet.image()},
               {"digest", sheet.digest},       {"health", sheet.health()},         {"ok", sheet.is_fine()}};
    value["up_seconds"] = sheet.up_for() ? json(*sheet.up_for()) : json();
    return value;
}

// "127.0.0.1:5000/web:1" and its digest → "127.0.0.1:5000/web:1@sha256:1b284f54a7ed".
std::string image_text(const UnitSheet& sheet) {
    constexpr std::size_t shown_digits = 12;
    constexpr std::size_t head = std::string_view("sha256:").size();
    std::string image = printable(sheet.image());
    if (sheet.digest.empty() || image.find('@') != std::string::npos) return image;
    return fmt::format("{}@{}", image, printable(sheet.digest.substr(0, head + shown_digits)));
}

std::string details_of(const UnitSheet& sheet) {
    std::string text;
    if (const auto seconds = sheet.up_for()) text = "for " + format_duration(Milliseconds{*seconds * 1000});
    if (sheet.state.restarts > 0) {
        text += fmt::format("{}{} restart{}", text.empty() ? "" : ", ", sheet.state.restarts,
                            sheet.state.restarts == 1 ? "" : "s");
    }
    return text;
}

void print_sheets(const std::vector<UnitSheet>& sheets, const CommandLine& line) {
    Table table(columns_of(STDOUT_FILENO), wants_colour(line, STDOUT_FILENO));
    for (const UnitSheet& sheet : sheets) {
        const Tone tone = sheet.is_fine() ? Tone::good : Tone::bad;
        const std::string health = sheet.health();
        const Tone health_tone = health == "unhealthy" ? Tone::bad : health == "starting" ? Tone::caution : Tone::good;
        table.add({{printable(sheet.stack)},
                   {printable(sheet.unit.unit)},
                   {display(sheet.state), tone},
                   {health.empty() ? "-" : health, health.empty() ? Tone::faint : health_tone},
                   {details_of(sheet).empty() ? "-" : details_of(sheet)},
                   {image_text(sheet)}});
    }
    print_text("{}", table.text());
}

}  // namespace

ExitCode stack_status_command(const CommandLine& line) {
    const auto stacks = deployed_stacks(folder_of_units(line), words_of(line.services.affected));
    if (!stacks.ok()) return fail_command(line, stacks.error());
    tell_of_unknown(line, *stacks);
    const auto sheets = sheets_of(*stacks, line);
    if (!sheets.ok()) return fail_command(line, units_error(sheets.error(), systemd_for(line)));
    ExitCode code = stacks->unknown.empty() ? ExitCode::success : ExitCode::connector_failed;
    for (const UnitSheet& sheet : *sheets) {
        if (!sheet.is_fine()) code = ExitCode::connector_failed;
    }
    if (line.form == OutputForm::json) {
        json units = json::array();
        for (const UnitSheet& sheet : *sheets) units.push_back(sheet_json(sheet));
        print_json({{"schema", json_schema},
                    {"units", std::move(units)},
                    {"unknown", stacks->unknown},
                    {"exit_code", static_cast<int>(code)}});
    } else if (sheets->empty()) {
        print_remark(line, fmt::format("there are no stacks in {}", stacks->folder.native()));
    } else {
        print_sheets(*sheets, line);
    }
    return code;
}

}  // namespace gup
