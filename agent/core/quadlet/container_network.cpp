// SPDX-License-Identifier: Apache-2.0
#include "core/quadlet/container_network.hpp"

#include <algorithm>

#include "core/quadlet/key_table.hpp"
#include "core/quadlet/names.hpp"
#include "core/quadlet/unit_text.hpp"
#include "util/printable.hpp"

namespace gup::quadlet {
namespace {

void append_option(std::string& options, std::string_view name, const std::string& value) {
    if (value.empty()) return;
    if (!options.empty()) options += ',';
    options += name;
    options += '=';
    options += value;
}

void add_network(ContainerSheet& sheet, const compose::NetworkUse& use) {
    const compose::Service& service = sheet.service();
    const auto& networks = sheet.project().networks;
    const auto it = std::ranges::find(networks, use.network, &compose::Network::key);
    if (it == networks.end()) {
        sheet.fail(use.place, "the network " + printable(use.network) + " is not declared",
                   "add it to the top-level networks");
        return;
    }
    std::string options;
    append_option(options, "alias", service.name);
    for (const std::string& alias : use.aliases) {
        if (alias != service.name) append_option(options, "alias", alias);
    }
    append_option(options, "ip", use.ipv4);
    append_option(options, "ip6", use.ipv6);
    append_option(options, "mac", use.mac);
    append_option(options, "interface_name", use.interface_name);
    const std::string name =
        it->is_external ? network_name(sheet.project(), *it) : network_file(sheet.project(), sheet.facts(), *it);
    if (it->is_external) sheet.power("network:" + name);
    const std::string value = name + ':' + options;
    if (!sheet.accepts(value)) return;
    if (!is_plain(value)) {
        sheet.fail(use.place,
                   "the network " + printable(use.network) + " has a name or an address with blanks or quotes",
                   "write it without them");
        return;
    }
    sheet.container("Network", escape_value(value));
}

void add_mode(ContainerSheet& sheet, const std::string& mode) {
    if (mode == "host") {
        sheet.power("host-network");
    } else if (mode != "none" && mode != "bridge" && !mode.starts_with("service:")) {
        sheet.power("network:" + mode);
    }
    sheet.setting("Network", "--network", namespace_of(sheet, mode));
}

}  // namespace

std::string namespace_of(ContainerSheet& sheet, const std::string& mode) {
    if (!mode.starts_with("service:")) return mode;
    const std::string name = mode.substr(8);
    const compose::Service* const other = sheet.project().find(name);
    if (other == nullptr) {
        sheet.fail(sheet.service().place, "there is no service " + printable(name), "name a service of this stack");
        return {};
    }
    sheet.after(sheet.facts().prefix + name + ".service", true);
    return "container:" + container_name(*other, sheet.facts());
}

void add_networks(ContainerSheet& sheet) {
    const compose::Service& service = sheet.service();
    if (!service.network_mode.empty()) {
        add_mode(sheet, service.network_mode);
    } else {
        for (const compose::NetworkUse& use : service.networks) add_network(sheet, use);
    }
    if (!service.mac_address.empty()) sheet.argument("--mac-address", service.mac_address);
}

void add_ports(ContainerSheet& sheet) {
    const compose::Service& service = sheet.service();
    const std::string& mode = service.network_mode;
    if (!service.ports.empty() && (mode == "host" || mode == "none" || mode.starts_with("service:"))) {
        const bool is_shared = mode.starts_with("service:");
        const std::string hint =
            is_shared ? "move them to the service " + printable(mode.substr(8)) : "remove them, or remove network_mode";
        sheet.warn(service.ports.front().place,
                   "the ports of " + printable(service.name) + " have no effect with network_mode " + printable(mode),
                   hint);
        return;
    }
    for (const compose::Port& port : service.ports) {
        std::string value;
        const bool is_ipv6 = port.host_ip.find(':') != std::string::npos && !port.host_ip.starts_with('[');
        if (!port.host_ip.empty()) value = (is_ipv6 ? '[' + port.host_ip + ']' : port.host_ip) + ':';
        std::string published = port.published;
        const std::size_t dash = published.find('-');
        if (dash != std::string::npos) {
            sheet.warn(port.place, "podman takes no port out of " + printable(published) + ": the first one is used",
                       "publish one port");
            published = published.substr(0, dash);
        }
        value += published;
        if (!value.empty()) value += ':';
        value += std::to_string(port.target);
        if (port.protocol != "tcp") value += '/' + port.protocol;
        if (port.protocol == "tcp" || port.protocol == "udp") {
            sheet.setting("PublishPort", "--publish", value);
        } else {
            sheet.argument("--publish", value);  // before podman 5.3 Quadlet refuses sctp
        }
    }
}

void add_names(ContainerSheet& sheet) {
    const compose::Service& service = sheet.service();
    for (const std::string& it : service.dns) sheet.setting("DNS", "--dns", it);
    for (const std::string& it : service.dns_search) sheet.setting("DNSSearch", "--dns-search", it);
    for (const std::string& it : service.dns_options) sheet.setting("DNSOption", "--dns-option", it);
    for (const std::string& it : service.extra_hosts) sheet.setting("AddHost", "--add-host", it);
}

}  // namespace gup::quadlet
