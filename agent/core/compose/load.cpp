// SPDX-License-Identifier: Apache-2.0
#include "core/compose/load.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "core/compose/clashes.hpp"
#include "core/compose/reading.hpp"
#include "core/compose/references.hpp"
#include "core/compose/service.hpp"
#include "core/compose/service_limits.hpp"
#include "core/compose/tree/model.hpp"
#include "util/text.hpp"

namespace gup::compose {
namespace {

using yaml::Node;

bool is_project_character(char c) {
    return (c >= 'a' && c <= 'z') || is_digit(c) || c == '-' || c == '_';
}

// A stack's name as docker makes a project's name of a folder's.
std::string project_name_of(const std::string& stack) {
    std::string name;
    for (const char c : lower(stack)) {
        if (is_project_character(c) && (!name.empty() || is_letter_or_digit(c))) name += c;
    }
    return name;
}

void read_name(const Node& root, Project& project, Findings& findings) {
    const Node* const node = root.find("name");
    if (node == nullptr || node->is_null()) return;
    const std::string name = text_or_empty(*node, "name", findings);
    const bool is_name = !name.empty() && is_letter_or_digit(name.front()) &&
                         std::all_of(name.begin(), name.end(), is_project_character);
    if (is_name) {
        project.name = name;
    } else {
        findings.error(node->mark,
                       fmt::format("{} is no name of a project", name.empty() ? "an empty text" : yaml::shown(name)),
                       "a name has small letters, digits, '-' and '_'");
    }
}

bool is_service_name(std::string_view name) {
    return !name.empty() && is_letter_or_digit(name.front()) && std::all_of(name.begin(), name.end(), [](char c) {
        return is_letter_or_digit(c) || c == '-' || c == '_' || c == '.';
    });
}

Services read_services(const Node& root, Reading& reading) {
    Services services;
    const Node* const node = root.find("services");
    if (node == nullptr || node->is_null() || (node->is_mapping() && node->entries.empty())) {
        reading.findings.error(node == nullptr ? root.mark : node->mark, "the file has no services",
                               "write services: and a service");
        return services;
    }
    if (!node->is_mapping()) {
        reading.findings.error(node->mark, fmt::format("services wants a mapping, not {}", name_of(node->kind)));
        return services;
    }
    for (const yaml::Entry& entry : node->entries) {
        if (entry.key.starts_with("x-")) continue;
        if (!is_service_name(entry.key)) {
            reading.findings.error(entry.mark, fmt::format("{} is no name of a service", yaml::shown(entry.key)),
                                   "a name has letters, digits, '-', '_' and '.', and begins with a letter or digit");
        } else if (!is_enabled(entry.value, reading) || replicas_of(entry.value, reading.findings) == 0) {
            check_service_keys(entry, reading);
            services.disabled.insert(entry.key);
        } else {
            services.enabled.push_back(read_service(entry, reading));
        }
    }
    std::sort(services.enabled.begin(), services.enabled.end(),
              [](const ReadService& a, const ReadService& b) { return a.service.name < b.service.name; });
    return services;
}

// The services that are not enabled.
std::set<std::string> read_project(const Node& root, Project& project, Reading& reading) {
    const KeyList known{"name",    "version", "services", "networks", "volumes",
                        "secrets", "configs", "include",  "models"};
    check_keys(root, known, "a compose file", reading.findings);
    if (const Node* const models = root.find("models"); models != nullptr && !models->is_null()) {
        reading.findings.error(models->mark, "models is not supported", "podman starts containers only");
    }
    read_name(root, project, reading.findings);
    Services services = read_services(root, reading);
    resolve_services(services, reading);
    for (ReadService& one : services.enabled) project.services.push_back(std::move(one.service));
    resolve_resources(root, project, reading);
    find_clashes(project, reading);
    return services.disabled;
}

}  // namespace

bool Loaded::usable() const {
    return !has_error(problems);
}

Loaded load(const Files& files, const LoadOptions& options) {
    Loaded loaded;
    Findings findings;
    Variables variables(options.variables, loaded.variables);
    ModelContext context{.files = files,
                         .findings = findings,
                         .inputs = loaded.inputs,
                         .unset_is_error = options.unset == UnsetVariable::error,
                         .unset_is_judged = options.unset == UnsetVariable::empty,
                         .project_name = project_name_of(options.stack)};
    Model model(context);
    const std::string first = options.files.empty() ? options.folder : options.files.front();
    const ComposeFileList list = listed_compose_files(files, options.folder);
    const bool is_listed = !list.files.empty() && list.files == options.files;
    const yaml::Mark from{
        std::make_shared<const yaml::Origin>(yaml::Origin{is_listed ? list.file : first, options.folder}),
        is_listed ? list.line : 0, is_listed ? list.column : 0};
    for (const std::string& path : options.env_files) (void)model.reader().add_variables(path, variables, from);
    loaded.project.name = context.project_name;
    if (options.files.empty()) {
        findings.error(from, "the stack has no compose file", "add compose.yaml");
    } else {
        const Node root = model.load(options.files, options.folder, variables, from);
        Reading reading{files, options, variables, loaded.inputs, findings};
        // Nothing can be said of what could not be read.
        std::set<std::string> disabled;
        if (!root.entries.empty()) disabled = read_project(root, loaded.project, reading);
        for (auto& [service, problem] : context.unset) {
            if (service.empty() || !disabled.contains(service)) findings.add_silenced(std::move(problem));
        }
    }
    loaded.problems = findings.take();
    return loaded;
}

}  // namespace gup::compose
