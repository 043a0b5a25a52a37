// SPDX-License-Identifier: Apache-2.0
#include "core/compose/service_environment.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/compose/text/dotenv.hpp"
#include "core/compose/tree/merge.hpp"

namespace gup::compose {
namespace {

using yaml::Node;
using ByName = std::map<std::string, Variable>;

struct NamedFile {
    const Node* path = nullptr;
    bool is_required = true;
    EnvFormat format = EnvFormat::dotenv;
};

std::optional<NamedFile> named_file(const Node& node, std::string_view what, Findings& findings) {
    NamedFile file{.path = &node};
    if (!node.is_mapping()) {
        if (node.is_scalar() && !node.is_null()) return file;
        findings.error(node.mark, fmt::format("an entry of {} wants a path, not {}", what, name_of(node.kind)));
        return std::nullopt;
    }
    if (!check_keys(node, {"path", "required", "format"}, fmt::format("an entry of {}", what), findings))
        return std::nullopt;
    file.path = node.find("path");
    if (file.path == nullptr || !file.path->is_scalar() || file.path->text.empty()) {
        findings.error(node.mark, fmt::format("an entry of {} wants a path", what), "write - path: file.env");
        return std::nullopt;
    }
    if (const Node* const found = node.find("required")) file.is_required = flag_in(*found, "required", findings);
    if (const Node* const found = node.find("format"); found != nullptr && !found->is_null()) {
        if (found->text != "raw") findings.error(found->mark, "format wants raw", "leave it out for the usual format");
        file.format = EnvFormat::raw;
    }
    return file;
}

void read_file(const NamedFile& file, std::string_view what, const VariableLookup& lookup, ByName& out,
               Reading& reading) {
    Findings& findings = reading.findings;
    if (file.path->text.starts_with('/')) {
        findings.error(file.path->mark,
                       fmt::format("{} {} is not in the repository", what, yaml::shown(file.path->text)),
                       "put it into the repository, or give the values in the connector's variables");
        return;
    }
    const auto path = repository_path(*file.path, what, findings);
    if (!path) return;
    const auto text = reading.files.read(*path);
    reading.inputs.insert(*path);
    if (!text.ok()) {
        findings.error(file.path->mark, text.error().message, text.error().hint);
        return;
    }
    if (!*text) {
        if (file.is_required) {
            findings.error(file.path->mark, fmt::format("there is no file {} in the repository", yaml::shown(*path)),
                           "add it, or write path: and required: false");
        }
        return;
    }
    EnvFile parsed = parse_env_file(**text, file.format, lookup);
    for (Problem& problem : parsed.problems) {
        problem.file = *path;
        findings.add(std::move(problem));
    }
    for (EnvLine& line : parsed.lines) {
        Variable variable{.place = {*path, line.line, line.column}, .name = line.name, .value = std::move(line.value)};
        out.insert_or_assign(std::move(line.name), std::move(variable));
    }
}

void read_files(const Node& node, std::string_view what, const VariableLookup& lookup, ByName& out, Reading& reading) {
    const auto read = [&](const Node& one) {
        if (const auto file = named_file(one, what, reading.findings)) read_file(*file, what, lookup, out, reading);
    };
    if (node.is_null()) return;
    if (!node.is_sequence()) return read(node);
    for (const Node& item : node.items) read(item);
}

bool is_environment_name(std::string_view name) {
    return !name.empty() && name.find_first_of(std::string_view("= \t\r\n\0", 6)) == std::string_view::npos;
}

void read_variable(const yaml::Entry& entry, ByName& out, Reading& reading) {
    if (!is_environment_name(entry.key)) {
        reading.findings.error(
            entry.mark,
            fmt::format("{} is no name of a variable", entry.key.empty() ? "an empty text" : yaml::shown(entry.key)),
            "write NAME=value, without blanks around the =");
        return;
    }
    Variable variable{.place = place_of_mark(entry.mark), .name = entry.key, .value = std::nullopt};
    if (entry.value.is_null()) {
        variable.value = reading.variables.find(entry.key);
    } else if (entry.value.is_scalar()) {
        variable.value = respelled(entry.value, reading.findings);
    } else {
        reading.findings.error(entry.value.mark, fmt::format("the variable {} wants a text, not {}",
                                                             yaml::shown(entry.key), name_of(entry.value.kind)));
    }
    out.insert_or_assign(entry.key, std::move(variable));
}

}  // namespace

void read_environment(const Node* environment, const Node* env_file, Service& service, Reading& reading) {
    ByName own;
    if (environment != nullptr && !environment->is_null()) {
        for (const Node& item : environment->items) {
            if (item.is_scalar() && !item.is_null()) continue;
            reading.findings.error(item.mark,
                                   fmt::format("an entry of environment wants NAME=value, not {}", name_of(item.kind)),
                                   "write - NAME=value, or a mapping without -");
        }
        if (environment->is_scalar())
            reading.findings.error(environment->mark, "environment wants a mapping or a list");
        const Node mapping = as_mapping(*environment);
        for (const yaml::Entry& entry : mapping.entries) read_variable(entry, own, reading);
    }
    ByName all;
    if (env_file != nullptr) {
        const auto lookup = [&](const std::string& name) -> std::optional<std::string> {
            if (auto value = reading.variables.find(name)) return value;
            const auto found = own.find(name);
            return found == own.end() ? std::nullopt : found->second.value;
        };
        read_files(*env_file, "env_file", lookup, all, reading);
    }
    for (auto& [name, variable] : own) all.insert_or_assign(name, std::move(variable));
    for (auto& [name, variable] : all) service.environment.push_back(std::move(variable));
}

void read_labels(const Node* labels, const Node* label_file, Service& service, Reading& reading) {
    ByName of_files;
    if (label_file != nullptr) {
        const auto nothing = [](const std::string&) { return std::optional<std::string>{}; };
        read_files(*label_file, "label_file", nothing, of_files, reading);
    }
    if (labels != nullptr) service.labels = text_map_in(*labels, "labels", reading.findings);
    for (auto& [name, variable] : of_files) service.labels.try_emplace(name, variable.value.value_or(""));
    for (const auto& [name, value] : service.labels) {
        // The utility's way to say so: com.centOS.systemd.type.
        const bool is_type = name.starts_with("com.") && name.ends_with(".systemd.type");
        if (is_type && value == "oneshot") service.is_oneshot = true;
    }
}

}  // namespace gup::compose
