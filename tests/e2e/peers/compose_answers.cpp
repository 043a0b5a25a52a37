// SPDX-License-Identifier: Apache-2.0
// Answers what a compose project is: one JSON object per line in, one out. tests/e2e/peers/compose_judge puts the same
// questions to compose-go; main.go there is this file's peer.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <string>

#include "core/compose/load.hpp"

namespace {

using namespace gup;
using namespace gup::compose;
using nlohmann::json;
namespace fs = std::filesystem;

class FolderFiles : public Files {
public:
    explicit FolderFiles(fs::path root) : root_(std::move(root)) {}

    [[nodiscard]] Result<std::optional<std::string>> read(const std::string& path) const override {
        if (!fs::is_regular_file(root_ / path)) return std::optional<std::string>{};
        const std::ifstream file(root_ / path, std::ios::binary);
        std::ostringstream text;
        text << file.rdbuf();
        return std::optional<std::string>(text.str());
    }
    [[nodiscard]] bool has(const std::string& path) const override { return fs::exists(root_ / path); }

private:
    fs::path root_;
};

json sorted(std::vector<std::string> texts) {
    std::sort(texts.begin(), texts.end());
    return texts;
}

template <class Value>
json or_null(const std::optional<Value>& value) {
    return value ? json(*value) : json();
}

json milliseconds(const std::optional<Milliseconds>& value) {
    return value ? json(value->count()) : json();
}

json health_of(const Service& service) {
    if (!service.health) return nullptr;
    const Health& health = *service.health;
    if (health.is_disabled) return "none";
    return {{"test", health.command},
            {"interval", milliseconds(health.interval)},
            {"timeout", milliseconds(health.timeout)},
            {"start_period", milliseconds(health.start_period)},
            {"start_interval", milliseconds(health.start_interval)},
            {"retries", or_null(health.retries)}};
}

std::string restart_of(const Service& service) {
    switch (service.restart) {
        case Restart::no:
            return "no";
        case Restart::always:
            return "always";
        case Restart::unless_stopped:
            return "unless-stopped";
        case Restart::on_failure:
            break;
    }
    return service.restart_attempts == 0 ? "on-failure" : "on-failure:" + std::to_string(service.restart_attempts);
}

json uses_of(const std::vector<FileUse>& uses, const std::string& base) {
    std::vector<std::string> texts;
    for (const FileUse& use : uses) {
        const std::string prefix = base + use.source;
        const bool is_default = use.target.starts_with(prefix);
        texts.push_back(use.source + " " + (is_default ? use.target.substr(prefix.size()) : use.target));
    }
    return sorted(std::move(texts));
}

void add_storage(const Service& service, json& out) {
    constexpr const char* kinds[] = {"bind", "volume", "tmpfs", "image"};
    json mounts = json::object();
    std::vector<std::string> tmpfs;
    for (const Mount& one : service.mounts) {
        if (one.kind == MountKind::tmpfs) {
            tmpfs.push_back(one.target);
            continue;
        }
        const std::string source = one.kind == MountKind::bind && one.source.empty() ? "." : one.source;
        mounts[one.target] =
            std::string(kinds[static_cast<int>(one.kind)]) + " " + source + " " + (one.read_only ? "true" : "false");
    }
    std::vector<std::string> devices;
    for (const Device& one : service.devices) {
        const bool is_named = !one.host.starts_with('/');
        const std::string container = one.container.empty() ? one.host : one.container;
        devices.push_back(one.host + ":" + container + ":" +
                          (one.permissions.empty() && !is_named ? "rwm" : one.permissions));
    }
    out["mounts"] = mounts;
    out["tmpfs"] = sorted(tmpfs);
    out["devices"] = sorted(devices);
    out["secrets"] = uses_of(service.secrets, "/run/secrets/");
    out["configs"] = uses_of(service.configs, "/");
}

void add_network(const Service& service, json& out) {
    std::vector<std::string> ports;
    for (const Port& one : service.ports) {
        ports.push_back(one.host_ip + "|" + one.published + "|" + std::to_string(one.target) + "|" + one.protocol);
    }
    json networks = json::object();
    for (const NetworkUse& one : service.networks)
        networks[one.network] = {{"aliases", sorted(one.aliases)}, {"ipv4", one.ipv4}};
    json dependencies = json::object();
    for (const Dependency& one : service.depends_on) {
        constexpr const char* conditions[] = {"service_started", "service_healthy", "service_completed_successfully"};
        dependencies[one.service] =
            std::string(conditions[static_cast<int>(one.condition)]) + " " + (one.required ? "true" : "false");
    }
    out["ports"] = sorted(ports);
    out["networks"] = networks;
    out["depends_on"] = dependencies;
    out["dns"] = sorted(service.dns);
    out["extra_hosts"] = sorted(service.extra_hosts);
    out["network_mode"] = service.network_mode;
}

json service_of(const Service& service) {
    json environment = json::object();
    for (const Variable& one : service.environment) environment[one.name] = or_null(one.value);
    json ulimits = json::object();
    for (const auto& [name, limit] : service.ulimits) ulimits[name] = limit;
    json logging = json::object();
    if (!service.log_driver.empty() || !service.log_options.empty()) {
        logging = {{"driver", service.log_driver}, {"options", service.log_options}};
    }
    json out{{"image", service.image},
             {"command", or_null(service.command)},
             {"entrypoint", or_null(service.entrypoint)},
             {"environment", environment},
             {"labels", service.labels},
             {"health", health_of(service)},
             {"restart", restart_of(service)},
             {"cap_add", sorted(service.cap_add)},
             {"cap_drop", sorted(service.cap_drop)},
             {"sysctls", service.sysctls},
             {"ulimits", ulimits},
             {"logging", logging},
             {"hostname", service.hostname},
             {"user", service.user},
             {"working_dir", service.working_dir},
             {"privileged", service.privileged},
             {"read_only", service.read_only},
             {"init", service.init},
             {"stop_grace_period", milliseconds(service.stop_grace_period)},
             {"mem_limit", service.memory_limit.empty() ? 0LL : std::stoll(service.memory_limit)},
             {"cpus", service.cpus.empty() ? 0.0 : std::stod(service.cpus)},
             {"container_name", service.container_name}};
    add_storage(service, out);
    add_network(service, out);
    return out;
}

json answer(const json& question) {
    const FolderFiles files(question.at("root").get<std::string>());
    LoadOptions options;
    options.stack = "gw";
    options.folder = question.at("folder").get<std::string>();
    options.files = question.at("files").get<std::vector<std::string>>();
    options.variables = question.at("variables").get<std::map<std::string, std::string>>();
    options.profiles = question.value("profiles", std::vector<std::string>{});
    options.unset = UnsetVariable::empty;
    options.may_build = question.value("may_build", true);
    options.other_stacks = question.value("other_stacks", std::set<std::string>{});
    const Loaded loaded = load(files, options);
    if (!loaded.usable()) {
        std::string text;
        for (const Problem& problem : loaded.problems) {
            if (problem.severity == Severity::error) text += display(problem, "") + "\n";
        }
        return {{"error", text}};
    }
    json services = json::object();
    for (const Service& one : loaded.project.services) services[one.name] = service_of(one);
    std::vector<std::string> networks;
    for (const Network& one : loaded.project.networks) networks.push_back(one.key);
    std::vector<std::string> volumes;
    for (const Volume& one : loaded.project.volumes) volumes.push_back(one.key);
    return {{"name", loaded.project.name}, {"services", services}, {"networks", networks}, {"volumes", volumes}};
}

}  // namespace

int main() {
    std::string line;
    while (std::getline(std::cin, line)) std::cout << answer(json::parse(line)).dump() << std::endl;
}
