// SPDX-License-Identifier: Apache-2.0
#include "core/compose/tree/document.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/compose/text/dotenv.hpp"
#include "core/compose/text/interpolate.hpp"
#include "core/compose/tree/paths.hpp"
#include "util/text.hpp"

namespace gup::compose {

using yaml::Entry;
using yaml::Mark;
using yaml::Node;

std::optional<std::string> DocumentReader::value_of(const std::string& name, const Variables& variables) const {
    if (auto value = variables.find(name)) return value;
    if (name == "COMPOSE_PROJECT_NAME") return context_.project_name;
    return std::nullopt;
}

void DocumentReader::interpolate_scalar(Node& node, const Variables& variables) {
    if (node.text.find('$') == std::string::npos) return;
    Hidden hidden{.written = node.text, .value = {}, .variables = {}};
    const auto lookup = [&](const std::string& name) {
        auto value = value_of(name, variables);
        if (value) hidden.variables.emplace_back(name, *value);
        return value;
    };
    Interpolated done = interpolate(node.text, lookup, node.text.size() + context_.text_left);
    const auto place = [&](std::size_t offset) {
        Mark mark = node.mark;
        if (node.is_verbatim) mark.column += static_cast<int>(offset) + (node.is_plain ? 0 : 1);
        return mark;
    };
    if (done.flaw) context_.findings.error(place(done.flaw->offset), done.flaw->message, done.flaw->hint);
    for (const UnsetUse& use : done.unset) {
        const Severity severity = context_.unset_is_error ? Severity::error : Severity::warning;
        Problem problem = yaml::problem_at(
            place(use.offset), severity, fmt::format("the variable {} has no value", use.name),
            fmt::format(
                "give it one in the stack's .env or in the connector's variables, or write a default: ${{{}:-default}}",
                use.name));
        context_.unset.emplace_back(context_.service, std::move(problem));
    }
    if (done.flaw || (!done.unset.empty() && !context_.unset_is_judged)) context_.findings.silence(node.mark);
    if (done.text.size() > node.text.size()) {
        context_.text_left -= std::min(done.text.size() - node.text.size(), context_.text_left);
    }
    node.text = std::move(done.text);
    hidden.value = node.text;
    if (!hidden.variables.empty()) context_.findings.hide(node.mark, std::move(hidden));
    node.is_verbatim = false;
}

void DocumentReader::interpolate_services(Node& services, const Variables& variables) {
    for (Entry& entry : services.entries) {
        context_.service = entry.key;
        interpolate_tree(entry.value, variables, false);
    }
    context_.service.clear();
}

void DocumentReader::interpolate_tree(Node& node, const Variables& variables, bool is_top) {
    if (node.kind == yaml::Kind::string) interpolate_scalar(node, variables);
    for (Node& item : node.items) interpolate_tree(item, variables, false);
    for (Entry& entry : node.entries) {
        // What an x- key of the top level has is used by aliases, each with its own variables.
        if (is_top && entry.key.starts_with("x-")) continue;
        if (is_top && entry.key == "services" && entry.value.is_mapping()) {
            interpolate_services(entry.value, variables);
        } else {
            interpolate_tree(entry.value, variables, false);
        }
    }
}

std::shared_ptr<Document> DocumentReader::read(const std::string& path, const std::string& folder,
                                               const Variables& variables, const Mark& from) {
    if (++file_count_ > most_files) {
        if (file_count_ == most_files + 1) {
            context_.findings.error(from, fmt::format("the stack has more than {} compose files", most_files));
        }
        return nullptr;
    }
    const auto text = context_.files.read(path);
    context_.inputs.insert(path);
    if (!text.ok()) {
        context_.findings.error(from, fmt::format("cannot read {}: {}", yaml::shown(path), text.error().message),
                                text.error().hint);
        return nullptr;
    }
    if (!*text) {
        context_.findings.error(from, fmt::format("there is no file {} in the repository", yaml::shown(path)),
                                "the path begins at the folder of the file that names it");
        return nullptr;
    }
    const auto origin = std::make_shared<const yaml::Origin>(yaml::Origin{path, folder});
    yaml::Composed composed = yaml::compose(**text, origin, context_.budget);
    for (Problem& problem : composed.problems) context_.findings.add(std::move(problem));
    if (!composed.root) return nullptr;
    auto document = std::make_shared<Document>();
    document->path = path;
    document->root = *std::move(composed.root);
    document->variables = &variables;
    if (!document->root.is_mapping()) {
        context_.findings.error(document->root.mark,
                                document->root.is_null() ? "the file is empty" : "the file is no mapping",
                                "a compose file begins with services:");
        return nullptr;
    }
    if (const Node* const name = document->root.find("name"); name != nullptr && !context_.has_project_name) {
        if (name->is_scalar() && !name->is_null() && !contains(name->text, "$")) context_.project_name = name->text;
    }
    context_.has_project_name = true;
    interpolate_tree(document->root, variables, true);
    return document;
}

bool DocumentReader::add_variables(const std::string& path, Variables& variables, const Mark& from) {
    const auto text = context_.files.read(path);
    context_.inputs.insert(path);
    if (!text.ok()) {
        context_.findings.error(from, fmt::format("cannot read {}: {}", yaml::shown(path), text.error().message),
                                text.error().hint);
        return true;
    }
    if (!*text) return false;
    const auto lookup = [&](const std::string& name) { return value_of(name, variables); };
    EnvFile file = parse_env_file(**text, EnvFormat::dotenv, lookup);
    for (Problem& problem : file.problems) {
        problem.file = path;
        context_.findings.add(std::move(problem));
    }
    // In one file the last line of a name wins; between files, the first file.
    for (auto line = file.lines.rbegin(); line != file.lines.rend(); ++line) variables.add(line->name, line->value);
    return true;
}

std::optional<std::string> DocumentReader::local_path(const Node& node, std::string_view what) {
    if (!node.is_scalar() || node.text.empty()) {
        context_.findings.error(node.mark, fmt::format("{} wants a path, not {}", what, name_of(node.kind)));
        return std::nullopt;
    }
    if (is_remote(node.text)) {
        context_.findings.error(node.mark, fmt::format("{} of another place is not supported", what),
                                "put the file into the repository");
        return std::nullopt;
    }
    const std::string folder = node.mark.origin ? node.mark.origin->folder : std::string{};
    auto path = node.text.starts_with('/') ? std::nullopt : path_in(folder, node.text);
    if (!path) {
        context_.findings.error(node.mark, fmt::format("{} {} is not in the repository", what, yaml::shown(node.text)),
                                "only files of the repository can be read");
    }
    return path;
}

}  // namespace gup::compose
