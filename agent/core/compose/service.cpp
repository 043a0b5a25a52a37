// SPDX-License-Identifier: Apache-2.0
#include "core/compose/service.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "core/compose/service_devices.hpp"
#include "core/compose/service_environment.hpp"
#include "core/compose/service_life.hpp"
#include "core/compose/service_limits.hpp"
#include "core/compose/service_network.hpp"
#include "core/compose/service_storage.hpp"
#include "core/compose/text/quantities.hpp"
#include "util/text.hpp"

namespace gup::compose {
namespace {

using yaml::Node;

struct Target {
    Service& service;
    Reading& reading;
    std::vector<Link>& links;
};

using ReadKey = void (*)(const Node& node, std::string_view key, Target& target);

template <std::string Service::*member>
void read_text(const Node& node, std::string_view key, Target& target) {
    target.service.*member = text_or_empty(node, key, target.reading.findings);
}

template <std::vector<std::string> Service::*member>
void read_texts(const Node& node, std::string_view key, Target& target) {
    std::vector<std::string>& texts = target.service.*member;
    for (std::string& text : texts_in(node, key, target.reading.findings)) {
        if (std::find(texts.begin(), texts.end(), text) == texts.end()) texts.push_back(std::move(text));
    }
}

template <std::map<std::string, std::string> Service::*member>
void read_map(const Node& node, std::string_view key, Target& target) {
    target.service.*member = text_map_in(node, key, target.reading.findings);
}

template <bool Service::*member>
void read_flag(const Node& node, std::string_view key, Target& target) {
    target.service.*member = flag_in(node, key, target.reading.findings);
}

template <std::string Service::*member>
void read_bytes(const Node& node, std::string_view key, Target& target) {
    target.service.*member = bytes_in(node, key, member == &Service::memory_swap, target.reading.findings);
}

template <std::string Service::*member>
void read_integer(const Node& node, std::string_view key, Target& target) {
    const auto number = integer_in(node, key, target.reading.findings);
    if (number) target.service.*member = std::to_string(*number);
}

template <std::optional<std::vector<std::string>> Service::*member>
void read_command(const Node& node, std::string_view key, Target& target) {
    target.service.*member = command_in(node, key, target.reading.findings);
}

template <void (*read)(const Node&, Service&, Reading&)>
void read_with(const Node& node, std::string_view, Target& target) {
    read(node, target.service, target.reading);
}

void read_nothing(const Node&, std::string_view, Target&) {}

void read_cpus(const Node& node, std::string_view /*key*/, Target& target) {
    target.service.cpus = cpus_in(node, target.reading.findings);
}

void read_cpu_time(const Node& node, std::string_view key, Target& target) {
    const bool is_period = key == "cpu_rt_period";
    std::string& member = is_period ? target.service.cpu_rt_period : target.service.cpu_rt_runtime;
    if (number_in<std::int64_t>(node.text)) {
        member = node.text;
    } else if (const auto duration = duration_in(node, key, target.reading.findings)) {
        member = std::to_string(duration->count() * 1000);
    }
}

// All of what docker has and podman on one gateway has not.
void refuse(const Node& node, std::string_view key, Target& target) {
    constexpr std::array<std::pair<std::string_view, std::string_view>, 10> hints{{
        {"external_links", "put both services into one network"},
        {"volumes_from", "name the volumes in both services"},
        {"credential_spec", "it is for Windows"},
        {"isolation", "it is for Windows"},
        {"develop", "it is for a developer's machine: put it into another compose file"},
        {"provider", "podman starts containers only"},
        {"models", "podman starts containers only"},
        {"use_api_socket", "mount podman's socket: /run/podman/podman.sock"},
        {"pre_start", "let another service do it, with the condition service_completed_successfully"},
        {"cpu_count", "it is for Windows: write cpus"},
    }};
    const bool is_empty = node.is_null() || (!node.is_scalar() && node.items.empty() && node.entries.empty()) ||
                          lower(node.text) == "false" || (key == "isolation" && node.text == "default");
    if (is_empty) return;
    const auto hint = std::find_if(hints.begin(), hints.end(), [&](const auto& one) { return one.first == key; });
    target.reading.findings.error(node.mark, fmt::format("{} is not supported", key),
                                  hint == hints.end() ? std::string{} : std::string(hint->second));
}

void note_no_effect(const Node& node, std::string_view key, Target& target) {
    if (!node.is_null()) {
        target.reading.findings.warning(node.mark, fmt::format("{} has no effect with podman", key), "remove it");
    }
}

void read_image(const Node& node, std::string_view key, Target& target) {
    Service& service = target.service;
    service.image = text_or_empty(node, key, target.reading.findings);
    service.image_place = place_of_mark(node.mark);
    const bool is_wrong =
        service.image.find_first_of(" \t\r\n\"'\\") != std::string::npos || service.image.starts_with('-');
    if (is_wrong) {
        target.reading.findings.error(node.mark, fmt::format("{} is no name of an image", yaml::shown(service.image)),
                                      "write name:tag, or registry.example.com/name:tag");
    }
}

void read_container_name(const Node& node, std::string_view key, Target& target) {
    const std::string name = text_or_empty(node, key, target.reading.findings);
    const bool is_name = name.size() > 1 && is_letter_or_digit(name.front()) &&
                         std::all_of(name.begin(), name.end(),
                                     [](char c) { return is_letter_or_digit(c) || c == '_' || c == '.' || c == '-'; });
    if (is_name) {
        target.service.container_name = name;
    } else if (!node.is_null()) {
        target.reading.findings.error(
            node.mark,
            name.empty() ? "container_name is empty" : fmt::format("{} is no name of a container", yaml::shown(name)),
            "a name has at least two letters, digits, '_', '.' and '-'");
    }
}

void read_pull_policy(const Node& node, std::string_view key, Target& target) {
    const std::string policy = text_or_empty(node, key, target.reading.findings);
    const KeyList known{"always", "never", "missing", "if_not_present", "build", "refresh", "daily", "weekly"};
    const bool is_every = policy.starts_with("every_") && parse_compose_duration(std::string_view(policy).substr(6));
    if (policy.empty() || is_every || std::find(known.begin(), known.end(), policy) != known.end()) {
        target.service.pull_policy = policy;
        return;
    }
    const std::string near = did_you_mean(policy, known);
    target.reading.findings.error(
        node.mark, fmt::format("there is no pull_policy {}", yaml::shown(policy)),
        near.empty() ? "policies are always, missing, never, daily, weekly, every_12h" : near);
}

void read_runtime(const Node& node, std::string_view key, Target& target) {
    const KeyList known{"crun", "runc", "krun", "youki", "runsc", "kata"};
    const std::string runtime = text_or_empty(node, key, target.reading.findings);
    if (runtime.empty() || std::find(known.begin(), known.end(), runtime) != known.end()) {
        target.service.runtime = runtime;
        return;
    }
    target.reading.findings.error(node.mark, fmt::format("podman has no runtime {}", yaml::shown(runtime)),
                                  runtime == "nvidia" ? "write devices: [nvidia.com/gpu=all]"
                                                      : fmt::format("its runtimes are {}", fmt::join(known, ", ")));
}

template <std::string Service::*member>
void read_namespace(const Node& node, std::string_view key, Target& target) {
    const std::string mode = text_or_empty(node, key, target.reading.findings);
    if (mode.starts_with("container:")) {
        target.reading.findings.error(node.mark, fmt::format("{} wants a service of the stack", key),
                                      fmt::format("write {}: service:NAME", key));
        return;
    }
    target.service.*member = mode;
}

void read_links(const Node& node, std::string_view key, Target& target) {
    const std::vector<std::string> texts = texts_in(node, key, target.reading.findings);
    for (std::size_t i = 0; i < texts.size(); ++i) {
        const std::size_t colon = texts[i].find(':');
        Link link{.mark = node.is_sequence() && i < node.items.size() ? node.items[i].mark : node.mark,
                  .service = texts[i].substr(0, colon),
                  .alias = colon == std::string::npos ? std::string{} : texts[i].substr(colon + 1)};
        target.links.push_back(std::move(link));
    }
}

void read_post_start(const Node& node, std::string_view key, Target& target) {
    read_hooks(node, key, target.service.post_start, target.reading);
}

void read_pre_stop(const Node& node, std::string_view key, Target& target) {
    read_hooks(node, key, target.service.pre_stop, target.reading);
}

void read_grace_period(const Node& node, std::string_view key, Target& target) {
    target.service.stop_grace_period = duration_in(node, key, target.reading.findings);
}

// Sorted by the key. Those with read_nothing are read elsewhere, or have no effect.
constexpr auto keys = std::to_array<std::pair<std::string_view, ReadKey>>({
    {"annotations", read_map<&Service::annotations>},
    {"attach", read_nothing},
    {"blkio_config", read_with<read_blkio>},
    {"build", read_nothing},
    {"cap_add", read_texts<&Service::cap_add>},
    {"cap_drop", read_texts<&Service::cap_drop>},
    {"cgroup", read_text<&Service::cgroup>},
    {"cgroup_parent", read_text<&Service::cgroup_parent>},
    {"command", read_command<&Service::command>},
    {"configs", read_nothing},
    {"container_name", read_container_name},
    {"cpu_count", refuse},
    {"cpu_percent", refuse},
    {"cpu_period", read_integer<&Service::cpu_period>},
    {"cpu_quota", read_integer<&Service::cpu_quota>},
    {"cpu_rt_period", read_cpu_time},
    {"cpu_rt_runtime", read_cpu_time},
    {"cpu_shares", read_integer<&Service::cpu_shares>},
    {"cpus", read_cpus},
    {"cpuset", read_text<&Service::cpuset>},
    {"credential_spec", refuse},
    {"depends_on", read_with<read_depends_on>},
    {"deploy", read_nothing},
    {"develop", refuse},
    {"device_cgroup_rules", read_texts<&Service::device_cgroup_rules>},
    {"devices", read_with<read_devices>},
    {"dns", read_texts<&Service::dns>},
    {"dns_opt", read_texts<&Service::dns_options>},
    {"dns_search", read_texts<&Service::dns_search>},
    {"domainname", read_text<&Service::domainname>},
    {"entrypoint", read_command<&Service::entrypoint>},
    {"env_file", read_nothing},
    {"environment", read_nothing},
    {"expose", read_nothing},
    {"extends", read_nothing},
    {"external_links", refuse},
    {"extra_hosts", read_with<read_extra_hosts>},
    {"gpus", read_with<read_gpus>},
    {"group_add", read_texts<&Service::group_add>},
    {"healthcheck", read_with<read_healthcheck>},
    {"hostname", read_text<&Service::hostname>},
    {"image", read_image},
    {"init", read_flag<&Service::init>},
    {"ipc", read_namespace<&Service::ipc>},
    {"isolation", refuse},
    {"label_file", read_nothing},
    {"labels", read_nothing},
    {"links", read_links},
    {"logging", read_with<read_logging>},
    {"mac_address", read_text<&Service::mac_address>},
    {"mem_limit", read_bytes<&Service::memory_limit>},
    {"mem_reservation", read_bytes<&Service::memory_reservation>},
    {"mem_swappiness", read_integer<&Service::mem_swappiness>},
    {"memswap_limit", read_bytes<&Service::memory_swap>},
    {"models", refuse},
    {"network_mode", read_with<read_network_mode>},
    {"networks", read_with<read_networks>},
    {"oom_kill_disable", read_flag<&Service::oom_kill_disable>},
    {"oom_score_adj", read_integer<&Service::oom_score_adj>},
    {"pid", read_namespace<&Service::pid>},
    {"pids_limit", read_integer<&Service::pids_limit>},
    {"platform", read_text<&Service::platform>},
    {"ports", read_with<read_ports>},
    {"post_start", read_post_start},
    {"pre_start", refuse},
    {"pre_stop", read_pre_stop},
    {"privileged", read_flag<&Service::privileged>},
    {"profiles", read_nothing},
    {"provider", refuse},
    {"pull_policy", read_pull_policy},
    {"pull_refresh_after", note_no_effect},
    {"read_only", read_flag<&Service::read_only>},
    {"restart", read_with<read_restart>},
    {"runtime", read_runtime},
    {"scale", read_nothing},
    {"secrets", read_nothing},
    {"security_opt", read_texts<&Service::security_options>},
    {"shm_size", read_bytes<&Service::shm_size>},
    {"stdin_open", read_flag<&Service::stdin_open>},
    {"stop_grace_period", read_grace_period},
    {"stop_signal", read_text<&Service::stop_signal>},
    {"storage_opt", read_map<&Service::storage_options>},
    {"sysctls", read_map<&Service::sysctls>},
    {"tmpfs", read_with<read_tmpfs>},
    {"tty", read_flag<&Service::tty>},
    {"ulimits", read_with<read_ulimits>},
    {"use_api_socket", refuse},
    {"user", read_text<&Service::user>},
    {"userns_mode", read_text<&Service::userns_mode>},
    {"uts", read_namespace<&Service::uts>},
    {"volumes", read_with<read_volumes>},
    {"volumes_from", refuse},
    {"working_dir", read_text<&Service::working_dir>},
});

const KeyList& known_keys() {
    static const KeyList known = [] {
        KeyList list;
        for (const auto& one : keys) list.push_back(one.first);
        return list;
    }();
    return known;
}

void read_own_keys(const Node& node, Service& service, Reading& reading) {
    if (const Node* const quadlet = node.find("x-quadlet"); quadlet != nullptr && !quadlet->is_null()) {
        service.quadlet = quadlet_sections(*quadlet, reading.findings);
    }
    const Node* const own = node.find("x-gup");
    if (own == nullptr || own->is_null()) return;
    if (own->is_scalar()) {
        service.is_oneshot = service.is_oneshot || own->text == "oneshot";
        if (own->text != "oneshot") reading.findings.error(own->mark, "x-gup of a service wants oneshot");
    } else if (check_keys(*own, {"oneshot"}, "x-gup", reading.findings)) {
        const Node* const oneshot = own->find("oneshot");
        if (oneshot != nullptr && flag_in(*oneshot, "oneshot", reading.findings)) service.is_oneshot = true;
    }
}

}  // namespace

bool is_enabled(const Node& service, Reading& reading) {
    const Node* const profiles = service.find("profiles");
    if (profiles == nullptr || profiles->is_null()) return true;
    const std::vector<std::string> names = texts_in(*profiles, "profiles", reading.findings);
    const auto& chosen = reading.options.profiles;
    return names.empty() || std::any_of(chosen.begin(), chosen.end(), [&](const std::string& one) {
               return one == "*" || std::find(names.begin(), names.end(), one) != names.end();
           });
}

void check_service_keys(const yaml::Entry& entry, Reading& reading) {
    check_keys(entry.value, known_keys(), fmt::format("the service {}", yaml::shown(entry.key)), reading.findings);
}

ReadService read_service(const yaml::Entry& entry, Reading& reading) {
    ReadService read;
    Service& service = read.service;
    service.name = entry.key;
    service.place = place_of_mark(entry.mark);
    check_service_keys(entry, reading);
    const Node& node = entry.value;
    if (!node.is_mapping()) return read;
    Target target{service, reading, read.links};
    for (const yaml::Entry& one : node.entries) {
        const auto found =
            std::find_if(keys.begin(), keys.end(), [&](const auto& key) { return key.first == one.key; });
        if (found != keys.end()) found->second(one.value, one.key, target);
    }
    read_environment(node.find("environment"), node.find("env_file"), service, reading);
    read_labels(node.find("labels"), node.find("label_file"), service, reading);
    if (const Node* const found = node.find("secrets")) read_file_uses(*found, true, service, reading);
    if (const Node* const found = node.find("configs")) read_file_uses(*found, false, service, reading);
    // After the keys that they may contradict, or that they depend on.
    if (const Node* const found = node.find("deploy")) read_deploy(*found, service, reading);
    if (const Node* const found = node.find("build")) read_build(*found, service, reading);
    read_own_keys(node, service, reading);
    const Node* const image = node.find("image");
    const Node* const build = node.find("build");
    if (image != nullptr && !image->is_null() && service.image.empty()) {
        reading.findings.error(image->mark, "image is empty", "write image: name:tag");
    } else if (service.image.empty() && (build == nullptr || build->is_null())) {
        reading.findings.error(entry.mark, fmt::format("the service {} has no image", yaml::shown(entry.key)),
                               "write image: name:tag");
    }
    return read;
}

}  // namespace gup::compose
