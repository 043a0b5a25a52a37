// SPDX-License-Identifier: Apache-2.0
#include "app/services/generate_units.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "app/command/commands.hpp"
#include "app/output/message.hpp"
#include "app/output/output.hpp"
#include "app/output/print_text.hpp"
#include "app/services/convert.hpp"
#include "app/services/deployed_units.hpp"
#include "app/services/problems.hpp"
#include "app/services/rendering.hpp"
#include "app/services/repository_files.hpp"
#include "app/services/unit_folder.hpp"
#include "core/declaration/nearest.hpp"
#include "util/printable.hpp"
#include "util/sys/environment.hpp"

namespace gup {
namespace {

constexpr std::uint32_t unit_mode = 0644;
constexpr std::uint32_t secret_mode = 0640;
constexpr const char* user_folder = ".config/containers/systemd";
constexpr const char* configs_name = ".gup-configs";

struct GeneratedStacks {
    UnitUpdate update;
    std::vector<Problem> problems;
    std::map<std::string, std::vector<std::string>> powers;  // by stack
    std::vector<std::string> remarks;
    std::set<std::string> known_services;  // compose services of all rendered stacks
    std::optional<Error> conflict;

    [[nodiscard]] bool usable() const { return !conflict && !has_error(problems); }
};

std::string remark_of_missing(const ServicesFolder& services, const std::string& name) {
    std::string remark =
        fmt::format("{} has no compose file: it has no units", printable(folder_of_stack(services, name)));
    const std::vector<std::string> stacks = stacks_of(services);
    const std::string similar = nearest(name, {stacks.begin(), stacks.end()});
    if (!similar.empty()) remark += fmt::format(" (did you mean {}?)", printable(similar));
    return remark;
}

void add_file(GeneratedStacks& result, const std::string& name, WantedFile file) {
    const auto [it, is_new] = result.update.files.try_emplace(name, file);
    if (is_new || result.conflict) return;
    result.conflict = Error{ErrorCode::conflict,
                            fmt::format("{} and {} would both have the unit {}", printable(it->second.stack),
                                        printable(file.stack), printable(name)),
                            "rename one of the services, or use a prefix"};
}

// Whose end other stacks wait for.
void find_awaited(RenderContext& context, const ServicesRequest& request, const ServicesFolder& services) {
    const RepositoryFiles files{services.repository};
    for (const std::string& name : context.stacks) {
        StackSource source{.stack = name, .folder = folder_of_stack(services, name), .files = {}};
        source.files = compose::find_compose_files(files, source.folder, name);
        for (const compose::Service& service : load_stack(context, request, source).project.services) {
            for (const compose::Dependency& it : service.depends_on) {
                if (!it.stack.empty() && it.condition == compose::Condition::completed) {
                    context.awaited[it.stack].insert(it.service);
                }
            }
        }
    }
}

// --deploy-services that names none of this stack's: an empty list would mean all.
bool is_left_out(const RenderContext& context, const compose::Project& project) {
    return !context.deployed.empty() &&
           std::ranges::none_of(context.deployed, [&](const std::string& it) { return project.find(it) != nullptr; });
}

void add_stack(GeneratedStacks& result, const RenderContext& context, const ServicesRequest& request,
               const StackSource& source, const UnitManifest& manifest) {
    const RenderedStack stack = render_stack(context, request, source);
    result.problems.insert(result.problems.end(), stack.problems.begin(), stack.problems.end());
    for (const compose::Service& it : stack.loaded.project.services) result.known_services.insert(it.name);
    if (is_left_out(context, stack.loaded.project)) return;
    result.powers[source.stack] = stack.set.powers;
    result.update.stacks.insert(source.stack);
    for (const quadlet::File& it : stack.set.files) {
        add_file(result, it.name,
                 {.text = it.text, .mode = it.is_secret ? secret_mode : unit_mode, .stack = source.stack});
    }
    for (const auto& [name, text] : stack.set.configs) {
        const auto mode = stack.set.config_modes.find(name);
        const std::uint32_t bits = mode == stack.set.config_modes.end()
                                       ? unit_mode
                                       : static_cast<std::uint32_t>(std::stoul(mode->second, nullptr, 8)) & 0777U;
        add_file(result, fmt::format("{}/{}", configs_name, name), {.text = text, .mode = bits, .stack = source.stack});
    }
    if (context.deployed.empty()) return;
    const auto files = manifest.stacks.find(source.stack);
    if (files != manifest.stacks.end()) result.update.kept.insert(files->second.begin(), files->second.end());
}

GeneratedStacks generate(RenderContext& context, const ServicesRequest& request, const ServicesFolder& services,
                         const UnitManifest& manifest) {
    GeneratedStacks result;
    const RepositoryFiles files{services.repository};
    find_awaited(context, request, services);
    for (const std::string& name : words_of(request.affected)) {
        if (result.update.stacks.contains(name)) continue;
        StackSource source{.stack = name, .folder = folder_of_stack(services, name), .files = {}};
        if (is_stack_name(name)) source.files = compose::find_compose_files(files, source.folder, name);
        if (!source.files.empty()) {
            add_stack(result, context, request, source, manifest);
        } else if (manifest.stacks.contains(name)) {
            result.update.stacks.insert(name);
        } else {
            result.remarks.push_back(remark_of_missing(services, name));
        }
    }
    for (const auto& [name, ours] : manifest.stacks) {
        if (!context.stacks.contains(name)) result.update.stacks.insert(name);
    }
    for (const std::string& it : context.deployed) {
        if (!result.known_services.contains(it)) {
            result.remarks.push_back(fmt::format("--deploy-services: no stack has a service {}", printable(it)));
        }
    }
    return result;
}

nlohmann::json document_of(const ServicesFolder& services, const GeneratedStacks& stacks, const UnitChanges& changes,
                           ExitCode code) {
    return {{"schema", json_schema},
            {"made", changes.made},
            {"changed", changes.changed},
            {"removed", changes.removed},
            {"unchanged", changes.unchanged},
            {"powers", stacks.powers},
            {"remarks", stacks.remarks},
            {"problems", problems_document(services.repository, stacks.problems)},
            {"exit_code", static_cast<int>(code)}};
}

void print_changes(const UnitChanges& changes, bool only_checks) {
    const auto print = [&](std::string_view done, std::string_view would, const std::vector<std::string>& names) {
        for (const std::string& it : names) print_text("{} {}\n", only_checks ? would : done, printable(it));
    };
    print("made", "would make", changes.made);
    print("changed", "would change", changes.changed);
    print("removed", "would remove", changes.removed);
    if (changes.empty()) print_text("all units are as they should be\n");
}

}  // namespace

fs::path units_folder(const fs::path& given, ServicesForm form) {
    const fs::path home = environment_value("HOME");
    const std::string text = given.string();
    if (text == "~" || text.starts_with("~/"))
        return home / fs::path(text.substr(std::min<std::size_t>(2, text.size())));
    if (!given.empty()) return given;
    const bool is_system = ::geteuid() == 0 && form == ServicesForm::agent;
    return is_system ? fs::path("/etc/containers/systemd") : home / user_folder;
}

ExitCode generate_units_command(const CommandLine& line) {
    const ServicesRequest& request = line.services;
    if (words_of(request.affected).empty()) {
        print_remark(line, "--affected-services names no stack: nothing to do");
        if (line.form == OutputForm::json) print_json(document_of({}, {}, {}, ExitCode::success));
        return ExitCode::success;
    }
    const auto services = open_services_folder(request.folder);
    if (!services.ok()) return report_error(line, services.error());
    const fs::path output = fs::absolute(units_folder(request.output, request.form)).lexically_normal();
    const auto manifest = read_manifest(output);
    if (!manifest.ok()) return fail_command(line, manifest.error());
    auto context = make_context(request, services->repository, services->folder);
    if (!context.ok()) return report_error(line, context.error());
    context->configs = output / configs_name;
    for (const std::string& it : stacks_of(*services)) context->stacks.insert(it);
    const bool is_users = output.string().find(user_folder) != std::string::npos;
    context->is_rootless = context->is_rootless || is_users || request.form == ServicesForm::utility;

    const GeneratedStacks stacks = generate(*context, request, *services, *manifest);
    print_problems(line, services->repository, stacks.problems);
    for (const std::string& it : stacks.remarks) print_remark(line, it);
    if (stacks.conflict) return fail_command(line, *stacks.conflict);
    if (!stacks.usable()) {
        print_remark(line, count_of_mistakes(stacks.problems) + ": no file has changed");
        if (line.form == OutputForm::json) {
            print_json(document_of(*services, stacks, {}, ExitCode::connector_failed));
        }
        return ExitCode::connector_failed;
    }
    tell_of_guess(line, context->podman);
    const auto changes = compare_units(output, *manifest, stacks.update);
    if (!changes.ok()) return fail_command(line, changes.error());
    ExitCode code = ExitCode::success;
    if (request.only_checks) {
        if (!changes->empty()) code = ExitCode::something_to_do;
    } else if (const Status applied = apply_units(output, *manifest, stacks.update, *changes); !applied.ok()) {
        return fail_command(line, applied.error());
    }
    if (line.form == OutputForm::json) {
        print_json(document_of(*services, stacks, *changes, code));
    } else {
        print_changes(*changes, request.only_checks);
    }
    return code;
}

}  // namespace gup
