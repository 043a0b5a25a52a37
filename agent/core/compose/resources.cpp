// SPDX-License-Identifier: Apache-2.0
#include "core/compose/resources.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/compose/text/short_syntax.hpp"
#include "util/text.hpp"

namespace gup::compose {
namespace {

using yaml::Node;

bool is_resource_name(std::string_view name) {
    return !name.empty() && is_letter_or_digit(name.front()) && std::all_of(name.begin(), name.end(), [](char c) {
        return is_letter_or_digit(c) || c == '_' || c == '.' || c == '-';
    });
}

// `external: true`, or the old form {name: x}.
void read_identity(const Node& node, std::string_view what, bool& is_external, std::string& name, Findings& findings) {
    const Node* const external = node.find("external");
    if (external != nullptr && external->is_mapping()) {
        is_external = true;
        check_keys(*external, {"name"}, "external", findings);
        if (const Node* const found = external->find("name")) name = text_or_empty(*found, "name", findings);
    } else if (external != nullptr) {
        is_external = flag_in(*external, "external", findings);
    }
    const Node* const given = node.find("name");
    if (given == nullptr) return;
    name = text_or_empty(*given, "name", findings);
    if (!name.empty() && !is_resource_name(name)) {
        findings.error(given->mark, fmt::format("{} is no name of {}", yaml::shown(name), what),
                       "a name has letters, digits, '_', '.' and '-'");
    }
}

void refuse_with_external(const Node& node, std::string_view what, Findings& findings) {
    for (const yaml::Entry& entry : node.entries) {
        if (entry.key == "external" || entry.key == "name" || entry.key.starts_with("x-")) continue;
        findings.error(entry.mark, fmt::format("{} that is external has no {}", what, yaml::shown(entry.key)),
                       "it is made by somebody else: remove the key, or external");
    }
}

// "10.1.0.0/24"
bool is_subnet(std::string_view text) {
    const std::size_t slash = text.find('/');
    const auto bits = slash == std::string_view::npos ? std::nullopt : number_in<unsigned>(text.substr(slash + 1));
    const std::string_view address = text.substr(0, slash);
    return bits && is_address(address) && *bits <= (contains(address, ":") ? 128U : 32U);
}

void check_subnet(const Node& item, const Subnet& subnet, Findings& findings) {
    for (const auto& [key, text] : {std::pair{"subnet", &subnet.subnet}, std::pair{"ip_range", &subnet.range}}) {
        if (text->empty() || is_subnet(*text)) continue;
        findings.error(item.find(key)->mark, fmt::format("{} is no subnet", yaml::shown(*text)), "write 10.1.0.0/24");
    }
    if (!subnet.gateway.empty() && !is_address(subnet.gateway)) {
        findings.error(item.find("gateway")->mark, fmt::format("{} is no IP address", yaml::shown(subnet.gateway)));
    }
}

void read_ipam(const Node& node, Network& network, Findings& findings) {
    if (node.is_null() || !check_keys(node, {"driver", "config", "options"}, "ipam", findings)) return;
    if (const Node* const found = node.find("driver")) network.ipam_driver = text_or_empty(*found, "driver", findings);
    if (network.ipam_driver == "default") network.ipam_driver.clear();
    const Node* const config = node.find("config");
    if (config == nullptr || config->is_null()) return;
    if (!config->is_sequence()) {
        findings.error(config->mark, "config of ipam wants a list", "write - subnet: 10.1.0.0/24");
        return;
    }
    for (const Node& item : config->items) {
        if (!check_keys(item, {"subnet", "gateway", "ip_range", "aux_addresses"}, "an entry of config", findings))
            continue;
        Subnet subnet;
        if (const Node* const found = item.find("subnet")) subnet.subnet = text_or_empty(*found, "subnet", findings);
        if (const Node* const found = item.find("gateway")) subnet.gateway = text_or_empty(*found, "gateway", findings);
        if (const Node* const found = item.find("ip_range")) subnet.range = text_or_empty(*found, "ip_range", findings);
        if (const Node* const found = item.find("aux_addresses"); found != nullptr && !found->is_null()) {
            findings.warning(found->mark, "aux_addresses has no effect with podman", "remove it");
        }
        check_subnet(item, subnet, findings);
        network.subnets.push_back(std::move(subnet));
    }
}

}  // namespace

Network read_network(const yaml::Entry& entry, Reading& reading) {
    Findings& findings = reading.findings;
    Network network;
    network.place = place_of_mark(entry.mark);
    network.key = entry.key;
    const Node& node = entry.value;
    if (node.is_null()) return network;
    const std::string what = fmt::format("the network {}", yaml::shown(entry.key));
    if (!check_keys(node,
                    {"name", "driver", "driver_opts", "attachable", "enable_ipv4", "enable_ipv6", "external",
                     "internal", "ipam", "labels"},
                    what, findings)) {
        return network;
    }
    read_identity(node, "a network", network.is_external, network.name, findings);
    if (network.is_external) {
        refuse_with_external(node, "a network", findings);
        return network;
    }
    if (const Node* const found = node.find("driver")) {
        network.driver = text_or_empty(*found, "driver", findings);
        const KeyList known{"", "bridge", "macvlan", "ipvlan"};
        if (network.driver == "default") network.driver.clear();
        if (std::find(known.begin(), known.end(), network.driver) == known.end()) {
            findings.error(found->mark, fmt::format("podman has no network driver {}", yaml::shown(network.driver)),
                           "its drivers are bridge, macvlan and ipvlan");
        }
    }
    if (const Node* const found = node.find("driver_opts"))
        network.options = text_map_in(*found, "driver_opts", findings);
    if (const Node* const found = node.find("labels")) network.labels = text_map_in(*found, "labels", findings);
    if (const Node* const found = node.find("internal")) network.is_internal = flag_in(*found, "internal", findings);
    if (const Node* const found = node.find("enable_ipv6")) network.ipv6 = flag_in(*found, "enable_ipv6", findings);
    if (const Node* const found = node.find("ipam")) read_ipam(*found, network, findings);
    if (const Node* const found = node.find("x-quadlet"); found != nullptr && !found->is_null()) {
        network.quadlet = quadlet_sections(*found, findings);
    }
    return network;
}

Volume read_volume(const yaml::Entry& entry, Reading& reading) {
    Findings& findings = reading.findings;
    Volume volume;
    volume.place = place_of_mark(entry.mark);
    volume.key = entry.key;
    const Node& node = entry.value;
    if (node.is_null()) return volume;
    const std::string what = fmt::format("the volume {}", yaml::shown(entry.key));
    if (!check_keys(node, {"name", "driver", "driver_opts", "external", "labels"}, what, findings)) return volume;
    read_identity(node, "a volume", volume.is_external, volume.name, findings);
    if (volume.is_external) {
        refuse_with_external(node, "a volume", findings);
        return volume;
    }
    if (const Node* const found = node.find("driver")) volume.driver = text_or_empty(*found, "driver", findings);
    if (volume.driver == "default") volume.driver.clear();
    if (const Node* const found = node.find("driver_opts"))
        volume.options = text_map_in(*found, "driver_opts", findings);
    if (const Node* const found = node.find("labels")) volume.labels = text_map_in(*found, "labels", findings);
    if (const Node* const found = node.find("x-quadlet"); found != nullptr && !found->is_null()) {
        volume.quadlet = quadlet_sections(*found, findings);
    }
    return volume;
}

Content read_content(const yaml::Entry& entry, bool is_secret, Reading& reading) {
    Findings& findings = reading.findings;
    Content content;
    content.place = place_of_mark(entry.mark);
    content.key = entry.key;
    const Node& node = entry.value;
    const std::string what = fmt::format("the {} {}", is_secret ? "secret" : "config", yaml::shown(entry.key));
    const KeyList known{"name",   "file",   "environment", "content",        "external",
                        "labels", "driver", "driver_opts", "template_driver"};
    if (!check_keys(node, known, what, findings)) return content;
    for (const char* const key : {"driver", "driver_opts", "template_driver"}) {
        const Node* const found = node.find(key);
        if (found != nullptr && !found->is_null())
            findings.error(found->mark, fmt::format("{} is for a swarm", key), "remove it");
    }
    read_identity(node, is_secret ? "a secret" : "a config", content.is_external, content.name, findings);
    int given = 0;
    if (const Node* const found = node.find("file"); found != nullptr && !found->is_null()) {
        ++given;
        content.file = text_or_empty(*found, "file", findings);
        if (const auto path = repository_path(*found, "the file", findings)) {
            content.file = *path;
            reading.inputs.insert(*path);
            // The value of a secret may be on the gateway alone.
            if (!is_secret && !reading.files.has(*path)) {
                findings.error(found->mark, fmt::format("there is no file {} in the repository", yaml::shown(*path)),
                               {});
            }
        }
    }
    if (const Node* const found = node.find("environment"); found != nullptr && !found->is_null()) {
        ++given;
        content.variable = text_or_empty(*found, "environment", findings);
        if (!reading.variables.find(content.variable)) {
            const bool is_error = reading.options.unset == UnsetVariable::error;
            findings.add(yaml::problem_at(found->mark, is_error ? Severity::error : Severity::warning,
                                          fmt::format("the variable {} has no value", yaml::shown(content.variable)),
                                          "give it one in the stack's .env or in the connector's variables"));
        }
    }
    if (const Node* const found = node.find("content"); found != nullptr && !found->is_null()) {
        ++given;
        content.content = text_or_empty(*found, "content", findings);
    }
    if (content.is_external) ++given;
    if (given != 1) {
        findings.error(entry.mark,
                       fmt::format("{} wants exactly one of file, environment, content and external", what));
    }
    return content;
}

}  // namespace gup::compose
