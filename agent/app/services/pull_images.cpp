// SPDX-License-Identifier: Apache-2.0
#include "app/services/pull_images.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <set>
#include <tuple>

#include "app/output/message.hpp"
#include "app/output/output.hpp"
#include "app/output/print_text.hpp"
#include "app/services/deployed_units.hpp"
#include "app/services/repository_files.hpp"
#include "host/podman/images.hpp"
#include "util/printable.hpp"

namespace gup {
namespace {

using nlohmann::json;

// Made by another unit (x.build, x.image), or on this machine.
bool is_local(const DeployedUnit& unit) {
    return unit.image.empty() || unit.never_pulls || unit.image.ends_with(".build") || unit.image.ends_with(".image") ||
           unit.image.starts_with("localhost/");
}

std::vector<PullRequest> requests_of(const DeployedStacks& stacks) {
    std::set<std::pair<std::string, std::string>> seen;
    std::vector<PullRequest> requests;
    for (const DeployedStack& stack : stacks.stacks) {
        for (const DeployedUnit& unit : stack.units) {
            if (is_local(unit) || !seen.emplace(unit.image, unit.platform).second) continue;
            requests.push_back({.reference = unit.image, .platform = unit.platform});
        }
    }
    return requests;
}

json pulled_json(const PullRequest& request, const Result<std::string>& id) {
    json value{{"image", request.reference}, {"ok", id.ok()}};
    if (!request.platform.empty()) value["platform"] = request.platform;
    if (id.ok()) {
        value["id"] = *id;
    } else {
        value["error"] = {
            {"code", to_string(id.error().code)}, {"message", id.error().message}, {"hint", id.error().hint}};
    }
    return value;
}

}  // namespace

ExitCode pull_images_command(const CommandLine& line) {
    const auto names = words_of(line.services.affected);
    const bool is_json = line.form == OutputForm::json;
    if (names.empty()) print_remark(line, "--affected-services names no stack: nothing to do");
    const auto stacks =
        names.empty() ? Result<DeployedStacks>(DeployedStacks{}) : deployed_stacks(folder_of_units(line), names);
    if (!stacks.ok()) return fail_command(line, stacks.error());
    tell_of_unknown(line, *stacks);
    const Podman podman = podman_for(line);
    ExitCode code = ExitCode::success;
    json images = json::array();
    for (const PullRequest& request : requests_of(*stacks)) {
        print_remark(line, fmt::format("pulling {}", printable(request.reference)));
        const auto id = pull_image(request, podman);
        images.push_back(pulled_json(request, id));
        if (!id.ok()) code = ExitCode::connector_failed;
        if (!is_json && id.ok()) print_text("pulled {}\n", printable(request.reference));
        if (!is_json && !id.ok()) print_error(line, printable(id.error().message), id.error().hint);
        if (!id.ok() && id.error().code == ErrorCode::cancelled) break;
    }
    if (is_json) {
        print_json({{"schema", json_schema},
                    {"images", std::move(images)},
                    {"unknown", stacks->unknown},
                    {"exit_code", static_cast<int>(code)}});
    }
    return code;
}

}  // namespace gup
