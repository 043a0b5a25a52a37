// SPDX-License-Identifier: Apache-2.0
#include "core/compose/references.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <optional>
#include <string_view>
#include <utility>

#include "core/compose/resources.hpp"
#include "core/compose/service_life.hpp"
#include "core/compose/tree/paths.hpp"
#include "core/yaml/composer.hpp"

namespace gup::compose {
namespace {

using yaml::Node;

constexpr std::string_view service_prefix = "service:";

Service* find_service(Services& services, std::string_view name) {
    for (ReadService& one : services.enabled) {
        if (one.service.name == name) return &one.service;
    }
    return nullptr;
}

KeyList names_of(const Services& services) {
    KeyList names;
    for (const ReadService& one : services.enabled) names.push_back(one.service.name);
    return names;
}

// The names of the services in the files of another stack; not interpolated, without what they include.
std::set<std::string> services_of_stack(const std::string& stack, Reading& reading) {
    std::set<std::string> names;
    const std::string parent = folder_of(reading.options.folder);
    const std::string folder = parent.empty() ? stack : parent + "/" + stack;
    for (const std::string& path : find_compose_files(reading.files, folder, stack)) {
        const auto text = reading.files.read(path);
        if (!text.ok() || !*text) continue;
        reading.inputs.insert(path);
        yaml::Budget budget;
        const auto origin = std::make_shared<const yaml::Origin>();
        const yaml::Composed composed = yaml::compose(**text, origin, budget);
        const Node* const services = composed.root ? composed.root->find("services") : nullptr;
        if (services == nullptr) continue;
        for (const yaml::Entry& entry : services->entries) names.insert(entry.key);
    }
    return names;
}

// The stacks that have the service; "STACK/SERVICE" names one.
std::vector<std::string> stacks_with(const std::string& service, Reading& reading) {
    std::vector<std::string> found;
    for (const std::string& stack : reading.options.other_stacks) {
        if (stack != reading.options.stack && services_of_stack(stack, reading).contains(service))
            found.push_back(stack);
    }
    return found;
}

// False: the dependency is not to be kept.
bool resolve_dependency(Dependency& dependency, const Service& service, Services& services, Reading& reading) {
    const std::string name = dependency.service;
    if (name == service.name) {
        error_at(dependency.place, fmt::format("the service {} depends on itself", yaml::shown(name)), "remove it",
                 reading.findings);
        return false;
    }
    if (find_service(services, name) != nullptr) return true;
    if (services.disabled.contains(name)) {
        if (!dependency.required) return false;
        error_at(dependency.place,
                 fmt::format("the service {} is needed by {}, but none of its profiles is chosen", yaml::shown(name),
                             yaml::shown(service.name)),
                 "choose one of its profiles, or write required: false", reading.findings);
        return false;
    }
    const std::vector<std::string> stacks = stacks_with(name, reading);
    if (stacks.size() == 1) {
        dependency.stack = stacks.front();
        return true;
    }
    if (!dependency.required && stacks.empty()) return false;
    if (stacks.empty()) {
        error_at(dependency.place, fmt::format("there is no service {}", yaml::shown(name)),
                 did_you_mean(name, names_of(services)), reading.findings);
    } else {
        error_at(dependency.place,
                 fmt::format("several stacks have a service {}: {}", yaml::shown(name), fmt::join(stacks, ", ")),
                 "give them different names", reading.findings);
    }
    return false;
}

void add_namespace_dependency(Service& service, const std::string& mode) {
    if (!mode.starts_with(service_prefix)) return;
    add_dependency(service, {.place = service.place, .stack = {}, .service = mode.substr(service_prefix.size())});
}

void resolve_link(const Link& link, Service& service, Services& services, std::map<std::string, std::string>& aliases,
                  Reading& reading) {
    add_dependency(service, {.place = place_of_mark(link.mark), .stack = {}, .service = link.service});
    Service* const target = find_service(services, link.service);
    if (target == nullptr || link.alias.empty() || link.alias == link.service) return;
    const auto known = aliases.try_emplace(link.alias, link.service).first;
    const bool is_service = find_service(services, link.alias) != nullptr;
    if (known->second != link.service || is_service) {
        reading.findings.error(
            link.mark, fmt::format("the link's alias {} is the name of another service, too", yaml::shown(link.alias)),
            "all services of a network know the alias: choose another one");
        return;
    }
    if (target->networks.empty()) target->networks.push_back({.place = target->place, .network = "default"});
    for (NetworkUse& use : target->networks) {
        if (std::find(use.aliases.begin(), use.aliases.end(), link.alias) == use.aliases.end()) {
            use.aliases.push_back(link.alias);
        }
    }
}

// Finds one circle of dependencies in this stack.
class CircleFinder {
public:
    CircleFinder(Services& services, Findings& findings) : services_(services), findings_(findings) {}

    // False: there is one, and it was told.
    bool visit(const Service& service) {
        if (done_.contains(service.name)) return true;
        const auto again = std::find(way_.begin(), way_.end(), service.name);
        if (again != way_.end()) {
            const std::vector<std::string> circle(again, way_.end());
            error_at(place_,
                     fmt::format("services depend on each other: {} → {}", fmt::join(circle, " → "), service.name),
                     "remove one of these dependencies", findings_);
            return false;
        }
        way_.push_back(service.name);
        for (const Dependency& dependency : service.depends_on) {
            const Service* const next =
                dependency.stack.empty() ? find_service(services_, dependency.service) : nullptr;
            if (next == nullptr) continue;
            place_ = dependency.place;
            if (!visit(*next)) return false;
        }
        way_.pop_back();
        done_.insert(service.name);
        return true;
    }

private:
    Services& services_;
    Findings& findings_;
    std::set<std::string> done_;
    std::vector<std::string> way_;
    Place place_;
};

// Reads the entry `key` of a section once.
template <class Resource>
class Section {
public:
    Section(const Node& root, std::string_view name, Findings& findings) : node_(root.find(name)), name_(name) {
        if (node_ == nullptr || node_->is_null()) {
            node_ = nullptr;
        } else if (!node_->is_mapping()) {
            findings.error(node_->mark, fmt::format("{} wants a mapping, not {}", name, name_of(node_->kind)));
        }
    }

    [[nodiscard]] const yaml::Entry* find(std::string_view key) const {
        if (node_ == nullptr) return nullptr;
        const auto found = std::find_if(node_->entries.begin(), node_->entries.end(),
                                        [&](const yaml::Entry& one) { return one.key == key; });
        return found == node_->entries.end() ? nullptr : &*found;
    }

    [[nodiscard]] bool is_near(std::string_view key) const { return !did_you_mean(key, keys()).empty(); }

    void tell_missing(const Place& place, std::string_view key, std::string_view one, Findings& findings) const {
        std::string hint = did_you_mean(key, keys());
        if (hint.empty()) hint = fmt::format("declare it at the top level, under {}:", name_);
        error_at(place, fmt::format("the {} {} is not declared", one, yaml::shown(key)), std::move(hint), findings);
    }

    std::map<std::string, Resource> used{};

private:
    [[nodiscard]] KeyList keys() const {
        KeyList known;
        if (node_ == nullptr) return known;
        for (const yaml::Entry& entry : node_->entries) known.push_back(entry.key);
        return known;
    }

    const Node* node_;
    std::string name_;
};

void resolve_networks(const Node& root, Project& project, Reading& reading) {
    Section<Network> section(root, "networks", reading.findings);
    for (Service& service : project.services) {
        if (!service.network_mode.empty() && !service.networks.empty()) {
            error_at(service.networks.front().place, "a service with network_mode has no networks",
                     "remove one of them", reading.findings);
        }
        if (service.network_mode.empty() && service.networks.empty()) {
            service.networks.push_back({.place = service.place, .network = "default"});
        }
        for (const NetworkUse& use : service.networks) {
            const yaml::Entry* const entry = section.find(use.network);
            if (entry != nullptr) {
                if (!section.used.contains(use.network))
                    section.used.emplace(use.network, read_network(*entry, reading));
            } else if (use.network == "default") {
                Network network;
                network.key = "default";
                section.used.emplace(use.network, std::move(network));
            } else {
                section.tell_missing(use.place, use.network, "network", reading.findings);
            }
        }
        // docker's way to name the host's network in a list.
        const auto is_special = [&](const NetworkUse& use) {
            const auto found = section.used.find(use.network);
            return found != section.used.end() && found->second.is_external &&
                   (found->second.name == "host" || found->second.name == "none");
        };
        const auto special = std::find_if(service.networks.begin(), service.networks.end(), is_special);
        if (special != service.networks.end()) {
            service.network_mode = section.used.at(special->network).name;
            service.networks.clear();
        }
    }
    for (auto& [key, network] : section.used) {
        if (!network.is_external || (network.name != "host" && network.name != "none")) {
            project.networks.push_back(std::move(network));
        }
    }
}

void resolve_volumes(const Node& root, Project& project, Reading& reading) {
    Section<Volume> section(root, "volumes", reading.findings);
    for (const Service& service : project.services) {
        for (const Mount& mount : service.mounts) {
            if (mount.kind != MountKind::volume || mount.source.empty() || section.used.contains(mount.source))
                continue;
            if (const yaml::Entry* const entry = section.find(mount.source)) {
                section.used.emplace(mount.source, read_volume(*entry, reading));
            } else {
                section.tell_missing(mount.place, mount.source, "volume", reading.findings);
            }
        }
    }
    for (auto& [key, volume] : section.used) project.volumes.push_back(std::move(volume));
}

void resolve_contents(const Node& root, bool is_secret, Project& project, Reading& reading) {
    Section<Content> section(root, is_secret ? "secrets" : "configs", reading.findings);
    for (const Service& service : project.services) {
        for (const FileUse& use : is_secret ? service.secrets : service.configs) {
            if (section.used.contains(use.source)) continue;
            if (const yaml::Entry* const entry = section.find(use.source)) {
                section.used.emplace(use.source, read_content(*entry, is_secret, reading));
            } else if (is_secret && !section.is_near(use.source)) {
                Content external;
                external.place = use.place;
                external.key = use.source;
                external.is_external = true;
                section.used.emplace(use.source, std::move(external));
                reading.findings.add(
                    {.severity = Severity::warning,
                     .line = use.place.line,
                     .column = use.place.column,
                     .message = fmt::format("the secret {} is not declared; podman's secret of this name is used",
                                            yaml::shown(use.source)),
                     .hint = "declare it at the top level, under secrets:, with external: true",
                     .file = use.place.file});
            } else {
                section.tell_missing(use.place, use.source, is_secret ? "secret" : "config", reading.findings);
            }
        }
    }
    for (auto& [key, content] : section.used)
        (is_secret ? project.secrets : project.configs).push_back(std::move(content));
}

}  // namespace

void resolve_services(Services& services, Reading& reading) {
    std::map<std::string, std::string> aliases;
    for (ReadService& one : services.enabled) {
        for (const Link& link : one.links) resolve_link(link, one.service, services, aliases, reading);
        for (const std::string* const mode : {&one.service.network_mode, &one.service.ipc, &one.service.pid}) {
            add_namespace_dependency(one.service, *mode);
        }
    }
    for (ReadService& one : services.enabled) {
        std::erase_if(one.service.depends_on, [&](Dependency& dependency) {
            return !resolve_dependency(dependency, one.service, services, reading);
        });
    }
    CircleFinder finder(services, reading.findings);
    for (const ReadService& one : services.enabled) {
        if (!finder.visit(one.service)) return;
    }
}

void resolve_resources(const Node& root, Project& project, Reading& reading) {
    resolve_networks(root, project, reading);
    resolve_volumes(root, project, reading);
    resolve_contents(root, true, project, reading);
    resolve_contents(root, false, project, reading);
}

}  // namespace gup::compose
