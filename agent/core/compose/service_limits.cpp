// SPDX-License-Identifier: Apache-2.0
#include "core/compose/service_limits.hpp"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "core/compose/service_devices.hpp"
#include "core/compose/text/quantities.hpp"
#include "util/real_number.hpp"
#include "util/text.hpp"

namespace gup::compose {
namespace {

using yaml::Node;

void set_once(std::string& value, std::string given, const Node& node, std::string_view what, Findings& findings) {
    if (given.empty()) return;
    if (!value.empty() && value != given) {
        findings.error(node.mark, fmt::format("{} says something else than the key of the service", what),
                       "remove one of them");
        return;
    }
    value = std::move(given);
}

void read_limits(const Node& node, Service& service, Findings& findings) {
    if (node.is_null() || !check_keys(node, {"cpus", "memory", "pids"}, "limits", findings)) return;
    if (const Node* const found = node.find("memory")) {
        set_once(service.memory_limit, bytes_in(*found, "memory", false, findings), *found, "memory", findings);
    }
    if (const Node* const found = node.find("cpus"))
        set_once(service.cpus, cpus_in(*found, findings), *found, "cpus", findings);
    if (const Node* const found = node.find("pids")) {
        const auto pids = integer_in(*found, "pids", findings);
        if (pids) set_once(service.pids_limit, std::to_string(*pids), *found, "pids", findings);
    }
}

void read_reservations(const Node& node, Service& service, Reading& reading) {
    Findings& findings = reading.findings;
    if (node.is_null() ||
        !check_keys(node, {"cpus", "memory", "pids", "devices", "generic_resources"}, "reservations", findings)) {
        return;
    }
    if (const Node* const found = node.find("memory")) {
        set_once(service.memory_reservation, bytes_in(*found, "memory", false, findings), *found, "memory", findings);
    }
    for (const char* const key : {"cpus", "pids", "generic_resources"}) {
        const Node* const found = node.find(key);
        if (found == nullptr || found->is_null()) continue;
        findings.warning(found->mark, fmt::format("podman cannot reserve {}", key), "remove it");
    }
    if (const Node* const found = node.find("devices")) read_gpus(*found, service, reading);
}

void read_restart_policy(const Node& node, Service& service, Findings& findings) {
    if (node.is_null()) return;
    if (!check_keys(node, {"condition", "delay", "max_attempts", "window"}, "restart_policy", findings)) return;
    const Node* const condition = node.find("condition");
    const std::string word = condition == nullptr ? "any" : text_in(*condition, "condition", findings).value_or("any");
    if (word != "any" && word != "on-failure" && word != "none") {
        findings.error(condition->mark, fmt::format("restart_policy has no condition {}", yaml::shown(word)),
                       "it is any, on-failure or none");
        return;
    }
    if (service.has_restart) return;  // compose takes the service's `restart`
    service.has_restart = true;
    service.restart = word == "any" ? Restart::always : word == "none" ? Restart::no : Restart::on_failure;
    if (const Node* const found = node.find("max_attempts")) {
        const auto attempts = integer_in(*found, "max_attempts", findings);
        if (attempts && *attempts > 0) service.restart_attempts = static_cast<unsigned>(*attempts);
    }
}

std::string name_of_option(std::string key) {
    for (char& c : key) {
        if (c == '_') c = '-';
    }
    return key == "weight" || key == "weight-device" ? "blkio-" + key : key;
}

void read_device_limits(const yaml::Entry& entry, Service& service, Findings& findings) {
    const bool is_weight = entry.key == "weight_device";
    const char* const value_key = is_weight ? "weight" : "rate";
    if (!entry.value.is_sequence()) {
        findings.error(entry.value.mark, fmt::format("{} wants a list", entry.key));
        return;
    }
    for (const Node& item : entry.value.items) {
        if (!check_keys(item, {"path", value_key}, fmt::format("an entry of {}", entry.key), findings)) continue;
        const Node* const path = item.find("path");
        const Node* const value = item.find(value_key);
        if (path == nullptr || value == nullptr) {
            findings.error(item.mark, fmt::format("an entry of {} wants path and {}", entry.key, value_key));
            continue;
        }
        const bool is_bytes = entry.key.ends_with("_bps");
        const std::string text =
            is_bytes ? bytes_in(*value, value_key, false, findings) : text_or_empty(*value, value_key, findings);
        service.blkio.emplace_back(name_of_option(entry.key), fmt::format("{}:{}", path->text, text));
    }
}

}  // namespace

void read_ulimits(const Node& node, Service& service, Reading& reading) {
    Findings& findings = reading.findings;
    if (node.is_null()) return;
    if (!node.is_mapping()) {
        findings.error(node.mark, fmt::format("ulimits wants a mapping, not {}", name_of(node.kind)));
        return;
    }
    for (const yaml::Entry& entry : node.entries) {
        const Node& value = entry.value;
        if (value.is_scalar()) {
            if (const auto number = integer_in(value, entry.key, findings)) {
                service.ulimits.emplace_back(entry.key, std::to_string(*number));
            }
            continue;
        }
        if (!check_keys(value, {"soft", "hard"}, fmt::format("the ulimit {}", yaml::shown(entry.key)), findings))
            continue;
        const Node* const soft = value.find("soft");
        const Node* const hard = value.find("hard");
        if (soft == nullptr || hard == nullptr) {
            findings.error(value.mark, fmt::format("the ulimit {} wants soft and hard", yaml::shown(entry.key)));
            continue;
        }
        const auto low = integer_in(*soft, "soft", findings);
        const auto high = integer_in(*hard, "hard", findings);
        if (low && high) service.ulimits.emplace_back(entry.key, fmt::format("{}:{}", *low, *high));
    }
}

void read_blkio(const Node& node, Service& service, Reading& reading) {
    Findings& findings = reading.findings;
    if (node.is_null()) return;
    if (!check_keys(
            node,
            {"weight", "weight_device", "device_read_bps", "device_read_iops", "device_write_bps", "device_write_iops"},
            "blkio_config", findings)) {
        return;
    }
    for (const yaml::Entry& entry : node.entries) {
        if (entry.key == "weight") {
            if (const auto weight = integer_in(entry.value, "weight", findings)) {
                service.blkio.emplace_back("blkio-weight", std::to_string(*weight));
            }
        } else if (!entry.key.starts_with("x-")) {
            read_device_limits(entry, service, findings);
        }
    }
}

void read_restart(const Node& node, Service& service, Reading& reading) {
    Findings& findings = reading.findings;
    if (node.is_null()) return;
    std::string text = text_or_empty(node, "restart", findings);
    if (node.kind == yaml::Kind::boolean && lower(text) == "false") {
        findings.warning(node.mark, "restart wants a text; false is taken as \"no\"", "write restart: \"no\"");
        text = "no";
    }
    constexpr std::string_view failure = "on-failure";
    service.has_restart = true;
    if (text == "no") {
        service.restart = Restart::no;
    } else if (text == "always") {
        service.restart = Restart::always;
    } else if (text == "unless-stopped") {
        service.restart = Restart::unless_stopped;
    } else if (text.starts_with(failure)) {
        service.restart = Restart::on_failure;
        const std::string_view rest = std::string_view(text).substr(failure.size());
        const auto attempts = rest.starts_with(':') ? number_in<unsigned>(rest.substr(1)) : std::nullopt;
        if (attempts) service.restart_attempts = *attempts;
        if (!rest.empty() && !attempts) {
            findings.error(node.mark, fmt::format("{} is no restart policy", yaml::shown(text)), "write on-failure:3");
        }
    } else {
        service.has_restart = false;
        const std::string near = did_you_mean(text, {"no", "always", "on-failure", "unless-stopped"});
        findings.error(node.mark, fmt::format("{} is no restart policy", yaml::shown(text)),
                       near.empty() ? "it is no, always, on-failure, on-failure:3 or unless-stopped" : near);
    }
}

void read_deploy(const Node& node, Service& service, Reading& reading) {
    Findings& findings = reading.findings;
    if (node.is_null()) return;
    if (!check_keys(node,
                    {"mode", "endpoint_mode", "replicas", "labels", "rollback_config", "update_config", "resources",
                     "restart_policy", "placement"},
                    "deploy", findings)) {
        return;
    }
    if (const Node* const mode = node.find("mode"); mode != nullptr && !mode->is_null() && mode->text != "replicated") {
        findings.error(mode->mark, fmt::format("deploy.mode {} is for a swarm", yaml::shown(mode->text)),
                       "a gateway runs one container for each service: remove it");
    }
    for (const char* const key : {"placement", "update_config", "rollback_config", "endpoint_mode"}) {
        const Node* const found = node.find(key);
        const bool is_empty = found == nullptr || found->is_null() || (found->is_mapping() && found->entries.empty());
        if (is_empty) continue;
        findings.error(found->mark, fmt::format("deploy.{} is for a swarm", key),
                       "a gateway runs one container for each service: remove it");
    }
    if (const Node* const resources = node.find("resources"); resources != nullptr && !resources->is_null()) {
        if (check_keys(*resources, {"limits", "reservations"}, "resources", findings)) {
            if (const Node* const found = resources->find("limits")) read_limits(*found, service, findings);
            if (const Node* const found = resources->find("reservations")) read_reservations(*found, service, reading);
        }
    }
    if (const Node* const policy = node.find("restart_policy")) read_restart_policy(*policy, service, findings);
}

std::string cpus_in(const Node& node, Findings& findings) {
    const std::string text = text_or_empty(node, "cpus", findings);
    const auto number = real_number_in(text);
    if (!text.empty() && (!number || *number < 0)) {
        findings.error(node.mark, fmt::format("cpus wants a number, not {}", yaml::shown(text)), "write 0.5");
        return {};
    }
    // docker takes 0 as no limit.
    return number && *number > 0 ? canonical_number(text).value_or(text) : std::string{};
}

std::int64_t replicas_of(const Node& service, Findings& findings) {
    const Node* const deploy = service.find("deploy");
    std::int64_t count = 1;
    for (const Node* const node : {service.find("scale"), deploy == nullptr ? nullptr : deploy->find("replicas")}) {
        if (node == nullptr || node->is_null()) continue;
        count = integer_in(*node, "the number of containers", findings).value_or(1);
        if (count > 1) {
            findings.error(
                node->mark, fmt::format("{} containers of one service are not supported", count),
                "nothing balances their load: write two services, or one container in compose.override.yaml");
        }
        if (count < 0) findings.error(node->mark, "the number of containers is negative");
    }
    return count;
}

}  // namespace gup::compose
