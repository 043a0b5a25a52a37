// SPDX-License-Identifier: Apache-2.0
#include "core/compose/service_life.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "core/compose/tree/paths.hpp"

namespace gup::compose {
namespace {

using yaml::Node;

constexpr std::array<std::pair<std::string_view, Condition>, 3> conditions{
    {{"service_started", Condition::started},
     {"service_healthy", Condition::healthy},
     {"service_completed_successfully", Condition::completed}}};

Condition condition_in(const Node& node, Findings& findings) {
    const auto found = std::find_if(conditions.begin(), conditions.end(),
                                    [&](const auto& one) { return node.is_scalar() && one.first == node.text; });
    if (found != conditions.end()) return found->second;
    const KeyList known{conditions[0].first, conditions[1].first, conditions[2].first};
    const std::string near = did_you_mean(node.text, known);
    findings.error(node.mark, fmt::format("{} is no condition", yaml::shown(node.text)),
                   near.empty() ? fmt::format("conditions are {}", fmt::join(known, ", ")) : near);
    return Condition::started;
}

void set_test(const Node& node, Health& health, Findings& findings) {
    if (node.is_scalar()) {
        if (node.is_null()) return;
        health.is_shell = true;
        health.command = {"sh", "-c", node.text};
        return;
    }
    std::vector<std::string> words = texts_in(node, "test", findings);
    if (words.empty()) return;
    const std::string kind = words.front();
    words.erase(words.begin());
    if (kind == "NONE") {
        health.is_disabled = true;
    } else if (kind == "CMD-SHELL" && words.size() == 1) {
        health.is_shell = true;
        health.command = {"sh", "-c", words.front()};
    } else if (kind == "CMD" && !words.empty()) {
        health.command = std::move(words);
    } else {
        findings.error(node.mark, "the list of a healthcheck's test does not begin with CMD, CMD-SHELL or NONE",
                       "write [CMD, program, argument] or [CMD-SHELL, \"a line of shell\"]");
    }
}

}  // namespace

void add_dependency(Service& service, Dependency dependency) {
    const bool is_known = std::any_of(service.depends_on.begin(), service.depends_on.end(), [&](const Dependency& one) {
        return one.service == dependency.service && one.stack == dependency.stack;
    });
    if (!is_known) service.depends_on.push_back(std::move(dependency));
}

void read_depends_on(const Node& node, Service& service, Reading& reading) {
    Findings& findings = reading.findings;
    if (node.is_null()) return;
    for (const Node& item : node.items) {
        if (!item.is_scalar() || item.is_null()) {
            findings.error(item.mark, fmt::format("an entry of depends_on wants a service, not {}", name_of(item.kind)),
                           "write name: {condition: service_healthy} without -");
            continue;
        }
        add_dependency(service, {.place = place_of_mark(item.mark), .stack = {}, .service = item.text});
    }
    if (node.is_scalar()) findings.error(node.mark, "depends_on wants a list or a mapping", "write depends_on: [name]");
    for (const yaml::Entry& entry : node.entries) {
        Dependency dependency{.place = place_of_mark(entry.mark), .stack = {}, .service = entry.key};
        if (!entry.value.is_null() &&
            check_keys(entry.value, {"condition", "required", "restart"}, "an entry of depends_on", findings)) {
            if (const Node* const found = entry.value.find("condition"))
                dependency.condition = condition_in(*found, findings);
            if (const Node* const found = entry.value.find("required")) {
                dependency.required = flag_in(*found, "required", findings);
            }
        }
        add_dependency(service, std::move(dependency));
    }
}

void read_healthcheck(const Node& node, Service& service, Reading& reading) {
    Findings& findings = reading.findings;
    if (node.is_null()) return;
    if (!check_keys(node, {"test", "interval", "timeout", "retries", "start_period", "start_interval", "disable"},
                    "healthcheck", findings)) {
        return;
    }
    Health health{.place = place_of_mark(node.mark), .command = {}};
    const auto duration = [&](const char* key) -> std::optional<Milliseconds> {
        const Node* const found = node.find(key);
        return found == nullptr ? std::nullopt : duration_in(*found, key, findings);
    };
    if (const Node* const test = node.find("test")) set_test(*test, health, findings);
    health.interval = duration("interval");
    health.timeout = duration("timeout");
    health.start_period = duration("start_period");
    health.start_interval = duration("start_interval");
    if (const Node* const found = node.find("retries")) {
        const auto retries = integer_in(*found, "retries", findings);
        if (retries && *retries < 0) findings.error(found->mark, "retries is negative");
        if (retries && *retries >= 0) health.retries = static_cast<unsigned>(*retries);
    }
    if (const Node* const found = node.find("disable"); found != nullptr && flag_in(*found, "disable", findings)) {
        health.is_disabled = true;
    }
    service.health = std::move(health);
}

void read_hooks(const Node& node, std::string_view what, std::vector<std::vector<std::string>>& commands,
                Reading& reading) {
    Findings& findings = reading.findings;
    if (node.is_null()) return;
    if (!node.is_sequence()) {
        findings.error(node.mark, fmt::format("{} wants a list", what), "write - command: [program, argument]");
        return;
    }
    for (const Node& item : node.items) {
        const std::string entry = fmt::format("an entry of {}", what);
        if (!check_keys(item, {"command", "user", "privileged", "working_dir", "environment"}, entry, findings))
            continue;
        for (const char* const key : {"user", "privileged", "working_dir", "environment"}) {
            const Node* const found = item.find(key);
            if (found == nullptr || found->is_null()) continue;
            findings.error(found->mark, fmt::format("{} of {} is not supported", key, entry),
                           "the command runs as the container does");
        }
        const Node* const command = item.find("command");
        auto words = command == nullptr ? std::nullopt : command_in(*command, "command", findings);
        if (words && !words->empty()) {
            commands.push_back(*std::move(words));
        } else {
            findings.error(item.mark, fmt::format("{} wants a command", entry));
        }
    }
}

void read_logging(const Node& node, Service& service, Reading& reading) {
    if (node.is_null() || !check_keys(node, {"driver", "options"}, "logging", reading.findings)) return;
    if (const Node* const found = node.find("driver"))
        service.log_driver = text_or_empty(*found, "driver", reading.findings);
    if (const Node* const found = node.find("options")) {
        service.log_options = text_map_in(*found, "options", reading.findings);
    }
}

// The keys of a build, and those of them that Quadlet does not know.
void check_build_keys(const Node& node, Findings& findings) {
    const KeyList known{"context",
                        "dockerfile",
                        "target",
                        "args",
                        "additional_contexts",
                        "cache_from",
                        "cache_to",
                        "dockerfile_inline",
                        "entitlements",
                        "extra_hosts",
                        "isolation",
                        "labels",
                        "network",
                        "no_cache",
                        "no_cache_filter",
                        "platforms",
                        "privileged",
                        "provenance",
                        "pull",
                        "sbom",
                        "secrets",
                        "shm_size",
                        "ssh",
                        "tags",
                        "ulimits"};
    check_keys(node, known, "build", findings);
    for (const yaml::Entry& entry : node.entries) {
        const bool is_used =
            entry.key == "context" || entry.key == "dockerfile" || entry.key == "target" || entry.key == "args";
        const bool is_known = std::find(known.begin(), known.end(), entry.key) != known.end();
        if (is_used || !is_known || entry.value.is_null()) continue;
        if (entry.key == "dockerfile_inline") {
            findings.error(entry.mark, "dockerfile_inline is not supported", "write the text into a file");
        } else {
            findings.warning(entry.mark, fmt::format("build.{} has no effect", yaml::shown(entry.key)), "remove it");
        }
    }
}

void read_build(const Node& node, Service& service, Reading& reading) {
    Findings& findings = reading.findings;
    if (node.is_null()) return;
    if (!reading.options.may_build) {
        if (service.image.empty()) {
            findings.error(node.mark, "building images is not allowed here",
                           "push an image to a registry and name it: image: registry.example.com/name:tag");
        } else {
            findings.warning(node.mark, "the image is pulled, not built: building is not allowed here", "remove build");
        }
        return;
    }
    Build build{.place = place_of_mark(node.mark)};
    Node context = node;
    if (node.is_mapping()) {
        check_build_keys(node, findings);
        if (const Node* const found = node.find("dockerfile"))
            build.dockerfile = text_or_empty(*found, "dockerfile", findings);
        if (const Node* const found = node.find("target")) build.target = text_or_empty(*found, "target", findings);
        if (const Node* const found = node.find("args")) build.arguments = text_map_in(*found, "args", findings);
        const Node* const found = node.find("context");
        context = Node{};
        context.mark = node.mark;
        context.kind = yaml::Kind::string;
        context.text = ".";
        if (found != nullptr) context = *found;
    }
    if (context.is_scalar() && is_remote(context.text)) {
        build.context = context.text;
        service.build = std::move(build);
        return;
    }
    if (!context.is_scalar() || context.text.starts_with('/')) {
        findings.error(context.mark, "the context of a build is not in the repository", "write a relative path");
        return;
    }
    const auto path = repository_path(context, "the context of a build", findings);
    if (!path) return;
    build.context = *path;
    reading.inputs.insert(*path);
    service.build = std::move(build);
}

}  // namespace gup::compose
