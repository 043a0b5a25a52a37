// SPDX-License-Identifier: Apache-2.0
#include "app/services/determine_changes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

#include "app/command/commands.hpp"
#include "app/output/message.hpp"
#include "app/output/output.hpp"
#include "app/output/print_text.hpp"
#include "app/services/rendering.hpp"
#include "app/services/repository_files.hpp"
#include "util/printable.hpp"

namespace gup {
namespace {

// The utility's list: files of its own repository.
constexpr const char* utility_global_files[] = {
    ".github/workflows/release.yml",
    ".github/workflows/scripts/add_autoupdate_labels.sh",
    ".github/workflows/scripts/add_network_names.sh",
    ".github/workflows/scripts/add_oneshot_services.sh",
    ".github/workflows/scripts/add_partof_services.sh",
    ".github/workflows/scripts/add_secrets_to_env.sh",
    ".github/workflows/scripts/add_volume_names.sh",
    ".github/workflows/scripts/check-env.sh",
    ".github/workflows/scripts/check-service-envs.sh",
    ".github/workflows/scripts/create_env_variables.sh",
    ".github/workflows/scripts/generate-env-from-gh-variables.sh",
    ".github/workflows/scripts/generate_meta_services.sh",
    ".github/workflows/scripts/generate_quadlets.sh",
    ".github/workflows/scripts/refresh_podman_secrets.sh",
};

// True when `path` is `entry`, or in it.
bool is_in(const std::string& path, const std::string& entry) {
    if (entry.empty() || entry == ".") return true;
    return path == entry || (path.starts_with(entry) && path.size() > entry.size() && path[entry.size()] == '/');
}

// "services/gw/conf/x" → "gw/conf/x" for "services"; nullopt: it is not below that folder.
std::optional<std::string> below(const std::string& path, const std::string& folder) {
    if (folder.empty()) return path;
    if (!path.starts_with(folder + '/')) return std::nullopt;
    return path.substr(folder.size() + 1);
}

bool is_compose_file(std::string_view name) {
    return name.ends_with(".yaml") || name.ends_with(".yml");
}

// Adds the stack in whose folder the path is.
void add_by_folder(const ChangeQuestion& question, const std::string& path, AffectedStacks& result) {
    std::optional<std::string> inside = below(path, question.services);
    if (!inside) inside = below(path, question.services_name);
    if (!inside) return;
    const std::size_t slash = inside->find('/');
    const std::string stack = inside->substr(0, slash);
    if (!is_stack_name(stack)) return;
    const auto known = question.stacks.find(stack);
    const bool has_folder = known != question.stacks.end();
    // git names a submodule or a link by the folder alone; another file beside the stacks is none.
    if (slash == std::string::npos && !has_folder) return;
    const bool is_stack = has_folder && (known->second.has_compose_file || question.folders_are_enough);
    const std::string_view name = slash == std::string::npos ? "" : std::string_view(*inside).substr(slash + 1);
    // The folder is there, but its compose file is gone.
    const bool has_lost_it = has_folder && name.find('/') == std::string_view::npos && is_compose_file(name);
    if (has_folder && !is_stack && !has_lost_it) return;
    result.reasons.try_emplace(stack, path + " changed");
    if (!is_stack) result.removed.insert(stack);
}

void add_readers(const ChangeQuestion& question, const std::string& path, AffectedStacks& result) {
    for (const auto& [name, stack] : question.stacks) {
        const bool reads_it = std::ranges::any_of(stack.inputs, [&](const std::string& it) { return is_in(path, it); });
        if (reads_it) result.reasons.try_emplace(name, "it reads " + path);
    }
}

void add_all(const ChangeQuestion& question, const std::string& reason, AffectedStacks& result) {
    for (const auto& [name, stack] : question.stacks) {
        if (stack.has_compose_file || question.folders_are_enough) result.reasons.try_emplace(name, reason);
    }
}

// Relative to the repository.
std::string in_repository(const ServicesFolder& services, const std::string& path) {
    if (!path.starts_with('/')) return plain_path(path);
    const fs::path relative = fs::path(path).lexically_relative(services.repository);
    return relative.empty() ? path : plain_path(relative.string());
}

ChangeQuestion question_of(const ServicesRequest& request, const ServicesFolder& services) {
    ChangeQuestion question;
    question.services = services.folder;
    question.services_name = services.name;
    question.assumes_values_changed = request.assumes_values_changed;
    question.folders_are_enough = request.form == ServicesForm::utility;
    for (const std::string& it : words_of(request.changed_files)) {
        question.changed.push_back(in_repository(services, it));
    }
    for (const std::string& it : words_of(request.global_files)) question.global.insert(in_repository(services, it));
    if (request.form == ServicesForm::utility && question.global.empty()) {
        question.global.insert(std::begin(utility_global_files), std::end(utility_global_files));
    }
    const RepositoryFiles files{services.repository};
    RenderContext context;
    context.repository = services.repository;
    context.services = services.folder;
    for (const std::string& it : stacks_of(services)) context.stacks.insert(it);
    for (const std::string& name : folders_of(services)) {
        KnownStack& stack = question.stacks[name];
        StackSource source{.stack = name, .folder = folder_of_stack(services, name), .files = {}};
        source.files = compose::find_compose_files(files, source.folder, name);
        stack.has_compose_file = !source.files.empty();
        // With its mistakes: generate-units tells of them.
        if (stack.has_compose_file) stack.inputs = load_stack(context, request, source).inputs;
    }
    return question;
}

nlohmann::json document_of(const AffectedStacks& affected) {
    nlohmann::json names = nlohmann::json::array();
    for (const auto& [name, reason] : affected.reasons) names.push_back(name);
    return {{"schema", json_schema},
            {"affected", std::move(names)},
            {"removed", affected.removed},
            {"reasons", affected.reasons},
            {"exit_code", 0}};
}

}  // namespace

std::string plain_path(const std::string& path) {
    std::string plain = fs::path(path).lexically_normal().string();
    while (plain.size() > 1 && plain.ends_with('/')) plain.pop_back();
    return plain == "." ? std::string() : plain;
}

AffectedStacks affected_stacks(const ChangeQuestion& question) {
    AffectedStacks result;
    if (question.changed.empty()) {
        if (question.assumes_values_changed) add_all(question, "values may have changed", result);
        return result;
    }
    for (const std::string& path : question.changed) {
        if (path.empty()) continue;
        const bool is_global =
            std::ranges::any_of(question.global, [&](const std::string& it) { return !it.empty() && is_in(path, it); });
        if (is_global) add_all(question, path + " changed", result);
        add_by_folder(question, path, result);
        add_readers(question, path, result);
    }
    return result;
}

ExitCode determine_changes_command(const CommandLine& line) {
    const auto services = open_services_folder(line.services.folder);
    if (!services.ok()) {
        // The utility finds no services in a folder that is not there.
        if (line.services.form != ServicesForm::utility) return report_error(line, services.error());
        print_remark(line, services.error().message);
        print_text("\n");
        return ExitCode::success;
    }
    const AffectedStacks affected = affected_stacks(question_of(line.services, *services));
    if (line.form == OutputForm::json) {
        print_json(document_of(affected));
        return ExitCode::success;
    }
    std::string names;
    for (const auto& [name, reason] : affected.reasons) names += (names.empty() ? "" : " ") + name;
    print_text("{}\n", printable(names));
    return ExitCode::success;
}

}  // namespace gup
