// SPDX-License-Identifier: Apache-2.0
#include "app/services/rendering.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "core/declaration/unit_name.hpp"
#include "core/quadlet/key_table.hpp"
#include "core/quadlet/names.hpp"
#include "host/podman/podman.hpp"
#include "util/json.hpp"
#include "util/printable.hpp"
#include "util/sys/environment.hpp"

namespace gup {
namespace {

Error not_an_object(const std::string& source, const std::string& reason) {
    return {ErrorCode::invalid_input, fmt::format("{} is not a JSON object of variables: {}", source, reason),
            "write {\"NAME\": \"value\"}"};
}

// False for lists and objects.
bool is_scalar(const nlohmann::json& value) {
    return value.is_string() || value.is_number() || value.is_boolean() || value.is_null();
}

std::string text_of(const nlohmann::json& value) {
    if (value.is_null()) return {};
    return value.is_string() ? value.get<std::string>() : value.dump();
}

std::string key_of(const fs::path& file) {
    return fs::absolute(file).lexically_normal().relative_path().string();
}

compose::LoadOptions options_of(const RenderContext& context, const ServicesRequest& request,
                                const StackSource& source) {
    compose::LoadOptions options;
    options.stack = source.stack;
    options.folder = source.folder;
    options.files = source.files;
    options.variables = context.variables;
    for (const fs::path& it : request.env_files) options.env_files.push_back(key_of(it));
    options.env_files.push_back(join_path(source.folder, ".env"));
    options.env_files.push_back(join_path(context.services, "version.env"));
    options.env_files.emplace_back(".env");
    options.profiles = request.profiles;
    options.other_stacks = context.stacks;
    options.other_stacks.erase(source.stack);
    options.may_build = true;
    return options;
}

quadlet::Facts facts_of(const RenderContext& context, const ServicesRequest& request, const RenderedStack& stack) {
    quadlet::Facts facts;
    const bool is_utility = request.form == ServicesForm::utility;
    facts.podman = context.podman.version;
    facts.prefix = request.prefix.value_or(is_utility ? std::string() : stack.stack + '-');
    if (request.prefix) {
        for (const std::string& it : context.stacks) facts.other_prefixes[it] = *request.prefix;
    }
    facts.repository = context.repository == "/" ? std::string() : context.repository.string();
    if (context.repository == "/") facts.place_prefix = "/";
    facts.configs = context.configs.string();
    facts.target = request.target;
    facts.adds_part_of_only = true;
    facts.is_rootless = context.is_rootless;
    if (is_utility) facts.global_environment = context.variables;
    facts.has_outside_variables = !stack.loaded.variables.empty();
    const auto awaited = context.awaited.find(stack.stack);
    if (awaited != context.awaited.end()) facts.awaited = awaited->second;
    if (!context.deployed.empty()) facts.services.assign(context.deployed.begin(), context.deployed.end());
    return facts;
}

}  // namespace

bool RenderedStack::usable() const {
    return !has_error(problems);
}

Result<std::map<std::string, std::string>> given_variables(const ServicesRequest& request) {
    const std::string source = request.variables ? "--vars-json" : "$VARS_JSON_STR";
    const std::string text = request.variables ? *request.variables : environment_value("VARS_JSON_STR");
    std::map<std::string, std::string> result;
    if (text.find_first_not_of(" \t\r\n") == std::string::npos) return result;
    const auto document = parse_json(text);
    if (!document.ok()) return not_an_object(source, document.error().message);
    if (!document->is_object()) return not_an_object(source, "it is another value");
    for (const auto& [name, value] : document->items()) {
        if (!is_scalar(value)) {
            return Error{ErrorCode::invalid_input,
                         fmt::format("{}: the value of {} is a list or an object", source, printable(name)),
                         "write a text, a number, true or false"};
        }
        if (name.empty() || name.find('=') != std::string::npos) {
            return Error{ErrorCode::invalid_input,
                         fmt::format("{}: a variable has the name {:?}", source, printable(name)),
                         "a name is not empty and has no '='"};
        }
        result[name] = text_of(value);
    }
    return result;
}

std::set<std::string> deployed_services(const ServicesRequest& request) {
    std::set<std::string> result;
    std::string names = request.deployed;
    std::ranges::replace(names, ',', ' ');
    for (const std::string& it : words_of({names})) result.insert(it);
    if (result.contains("all")) result.clear();
    return result;
}

Result<TargetPodman> target_podman(const ServicesRequest& request) {
    if (!request.podman_version.empty()) {
        const auto given = quadlet::parse_podman_version(request.podman_version);
        if (given) return TargetPodman{.version = *given, .is_guess = false};
        return Error{ErrorCode::invalid_input,
                     fmt::format("--podman-version is not a version: {}", printable(request.podman_version)),
                     "write what podman --version shows, for example 5.4.2"};
    }
    const auto version = podman_version(Podman{});
    if (version.ok()) return TargetPodman{.version = *version, .is_guess = false};
    return TargetPodman{.version = quadlet::first_with_quadlet, .is_guess = true};
}

Status check_names(const ServicesRequest& request) {
    if (!request.target.empty() && unit_name(request.target) != request.target) {
        return Error{ErrorCode::invalid_input,
                     fmt::format("--meta-target is not the name of a unit: {}", printable(request.target)),
                     "for example --meta-target all-containers.target"};
    }
    if (request.prefix && !request.prefix->empty() && !quadlet::is_resource_name(*request.prefix)) {
        return Error{ErrorCode::invalid_input,
                     fmt::format("--prefix is not the beginning of a name: {}", printable(*request.prefix)),
                     "begin with a letter or digit, go on with letters, digits, '.', '_' and '-'"};
    }
    return {};
}

Result<RenderContext> make_context(const ServicesRequest& request, const fs::path& repository,
                                   const std::string& services) {
    GUP_CHECK(check_names(request));
    RenderContext context;
    context.repository = repository;
    context.services = services;
    GUP_TRY(context.variables, given_variables(request));
    context.deployed = deployed_services(request);
    GUP_TRY(context.podman, target_podman(request));
    context.is_rootless = ::geteuid() != 0;
    for (const fs::path& it : request.env_files) {
        if (!is_file(it)) {
            return Error{ErrorCode::not_found, fmt::format("there is no file {}", printable(it.string())),
                         "--env-file needs a file with lines NAME=value"};
        }
    }
    return context;
}

compose::Loaded load_stack(const RenderContext& context, const ServicesRequest& request, const StackSource& source) {
    RepositoryFiles files{context.repository};
    for (const fs::path& it : request.env_files) files.add(key_of(it), fs::absolute(it));
    return compose::load(files, options_of(context, request, source));
}

RenderedStack render_stack(const RenderContext& context, const ServicesRequest& request, const StackSource& source) {
    RenderedStack result;
    result.stack = source.stack;
    result.loaded = load_stack(context, request, source);
    result.problems = result.loaded.problems;
    if (!result.usable()) return result;
    result.set = quadlet::render(result.loaded.project, facts_of(context, request, result));
    result.problems.insert(result.problems.end(), result.set.problems.begin(), result.set.problems.end());
    return result;
}

}  // namespace gup
