// SPDX-License-Identifier: Apache-2.0
#include "core/compose/service_network.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/compose/text/short_syntax.hpp"
#include "core/compose/tree/merge.hpp"
#include "util/text.hpp"

namespace gup::compose {
namespace {

using yaml::Node;

void add_port(Service& service, Port port) {
    const bool is_known = std::any_of(service.ports.begin(), service.ports.end(), [&](const Port& one) {
        return one.host_ip == port.host_ip && one.published == port.published && one.target == port.target &&
               one.protocol == port.protocol;
    });
    if (!is_known) service.ports.push_back(std::move(port));
}

void add_ports(const Node& node, const std::string& text, Service& service, Findings& findings) {
    std::string reason;
    for (ShortPort& one : parse_short_port(text, reason)) {
        add_port(service, {.place = place_of_mark(node.mark),
                           .host_ip = std::move(one.host_ip),
                           .published = std::move(one.published),
                           .target = one.target,
                           .protocol = std::move(one.protocol)});
    }
    if (!reason.empty()) findings.error(node.mark, reason, "write \"8080:80\" or \"127.0.0.1:8080:80/udp\"");
}

void read_long_port(const Node& node, Service& service, Findings& findings) {
    if (!check_keys(node, {"target", "published", "host_ip", "protocol", "mode", "name", "app_protocol"}, "a port",
                    findings)) {
        return;
    }
    const auto text = [&](const char* key) {
        const Node* const found = node.find(key);
        return found == nullptr ? std::string{} : text_or_empty(*found, key, findings);
    };
    const std::string target = text("target");
    const std::string published = text("published");
    const std::string host = text("host_ip");
    const std::string protocol = text("protocol");
    const std::string mode = text("mode");
    if (!mode.empty() && mode != "host" && mode != "ingress") {
        findings.error(node.find("mode")->mark, fmt::format("a port has no mode {}", yaml::shown(mode)),
                       "it is host or ingress");
    }
    if (target.empty()) {
        findings.error(node.mark, "a port wants a target", "write target: 80");
        return;
    }
    std::string all = target;
    if (!published.empty() || !host.empty()) all = fmt::format("{}:{}", published, target);
    if (!host.empty()) all = contains(host, ":") ? fmt::format("[{}]:{}", host, all) : fmt::format("{}:{}", host, all);
    if (!protocol.empty()) all += "/" + protocol;
    add_ports(node, all, service, findings);
}

NetworkUse network_use(const yaml::Entry& entry, Reading& reading) {
    Findings& findings = reading.findings;
    NetworkUse use{.place = place_of_mark(entry.mark), .network = entry.key};
    const Node& node = entry.value;
    if (node.is_null()) return use;
    if (!check_keys(node,
                    {"aliases", "ipv4_address", "ipv6_address", "mac_address", "interface_name", "link_local_ips",
                     "driver_opts", "priority", "gw_priority"},
                    fmt::format("the network {} of a service", yaml::shown(entry.key)), findings)) {
        return use;
    }
    const auto text = [&](const char* key) {
        const Node* const found = node.find(key);
        return found == nullptr ? std::string{} : text_or_empty(*found, key, findings);
    };
    if (const Node* const found = node.find("aliases")) use.aliases = texts_in(*found, "aliases", findings);
    use.ipv4 = text("ipv4_address");
    use.ipv6 = text("ipv6_address");
    use.mac = text("mac_address");
    use.interface_name = text("interface_name");
    for (const auto& [address, key] : {std::pair{&use.ipv4, "ipv4_address"}, std::pair{&use.ipv6, "ipv6_address"}}) {
        if (address->empty() || is_address(*address)) continue;
        findings.error(node.find(key)->mark, fmt::format("{} is no IP address", yaml::shown(*address)));
    }
    for (const char* const key : {"priority", "gw_priority", "link_local_ips", "driver_opts"}) {
        const Node* const found = node.find(key);
        if (found == nullptr || found->is_null()) continue;
        findings.warning(found->mark, fmt::format("{} has no effect with podman", key), "remove it");
    }
    return use;
}

}  // namespace

void read_ports(const Node& node, Service& service, Reading& reading) {
    if (node.is_null()) return;
    if (!node.is_sequence()) {
        reading.findings.error(node.mark, fmt::format("ports wants a list, not {}", name_of(node.kind)),
                               "write - \"8080:80\"");
        return;
    }
    for (const Node& item : node.items) {
        if (item.is_scalar() && !item.is_null()) {
            add_ports(item, item.text, service, reading.findings);
        } else {
            read_long_port(item, service, reading.findings);
        }
    }
}

void read_networks(const Node& node, Service& service, Reading& reading) {
    if (node.is_null()) return;
    Node mapping = node;
    if (node.is_sequence()) {
        mapping = as_mapping(node);
        for (const Node& item : node.items) {
            if (item.is_scalar() && !item.is_null()) continue;
            reading.findings.error(item.mark, fmt::format("a network's name cannot be {}", name_of(item.kind)),
                                   "write a mapping for aliases: name: {aliases: [other]}");
        }
    } else if (!node.is_mapping()) {
        reading.findings.error(node.mark,
                               fmt::format("networks wants a list or a mapping, not {}", name_of(node.kind)));
        return;
    }
    for (const yaml::Entry& entry : mapping.entries) service.networks.push_back(network_use(entry, reading));
}

void read_network_mode(const Node& node, Service& service, Reading& reading) {
    service.network_mode = text_or_empty(node, "network_mode", reading.findings);
    const std::string& mode = service.network_mode;
    if (mode.empty() || mode == "none" || mode == "host" || mode == "bridge") return;
    if (mode.starts_with("service:") && mode.size() > 8) return;
    if (mode.starts_with("container:")) {
        reading.findings.error(node.mark, "only a service of the stack can give its network",
                               "write network_mode: service:NAME");
    } else {
        reading.findings.error(node.mark, fmt::format("there is no network_mode {}", yaml::shown(mode)),
                               "it is none, host, bridge or service:NAME; a network's name belongs into networks");
    }
    service.network_mode.clear();
}

void read_extra_hosts(const Node& node, Service& service, Reading& reading) {
    const auto add = [&](const yaml::Mark& mark, std::string_view name, std::string_view address) {
        if (address.starts_with('[') && address.ends_with(']')) address = address.substr(1, address.size() - 2);
        if (name.empty() || (address != "host-gateway" && !is_address(address))) {
            reading.findings.error(mark, fmt::format("the extra host {} has no IP address", yaml::shown(name)),
                                   "write \"name:10.0.0.1\", or name:host-gateway for the gateway itself");
            return;
        }
        std::string host = fmt::format("{}:{}", name, address);
        auto& hosts = service.extra_hosts;
        if (std::find(hosts.begin(), hosts.end(), host) == hosts.end()) hosts.push_back(std::move(host));
    };
    if (node.is_mapping()) {
        for (const yaml::Entry& entry : node.entries) {
            for (const std::string& address : texts_in(entry.value, "extra_hosts", reading.findings)) {
                add(entry.value.mark, entry.key, address);
            }
        }
        return;
    }
    if (!node.is_sequence()) {
        if (!node.is_null()) reading.findings.error(node.mark, "extra_hosts wants a list or a mapping");
        return;
    }
    for (const Node& item : node.items) {
        const std::string& text = item.text;
        const std::size_t separator = std::min(text.find('='), text.find(':'));
        if (separator == std::string::npos) {
            add(item.mark, text, "");
        } else {
            add(item.mark, std::string_view(text).substr(0, separator), std::string_view(text).substr(separator + 1));
        }
    }
}

}  // namespace gup::compose
