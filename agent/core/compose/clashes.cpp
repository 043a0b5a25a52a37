// SPDX-License-Identifier: Apache-2.0
#include "core/compose/clashes.hpp"

#include <fmt/format.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "core/compose/text/short_syntax.hpp"

namespace gup::compose {
namespace {

bool is_any_address(const std::string& address) {
    return address.empty() || address == "0.0.0.0" || address == "::";
}

struct Published {
    const Port* port = nullptr;
    std::string_view service;
};

// False: they cannot be published, which was told.
bool can_publish(const Service& service, Reading& reading) {
    if (service.ports.empty() || service.network_mode.empty() || service.network_mode == "bridge") return true;
    const Place& place = service.ports.front().place;
    if (service.network_mode == "host" || service.network_mode == "none") {
        reading.findings.add({.severity = Severity::warning,
                              .line = place.line,
                              .column = place.column,
                              .message = fmt::format("ports have no effect with network_mode {}", service.network_mode),
                              .hint = "remove them",
                              .file = place.file});
    } else {
        error_at(place, "a service with the network of another one cannot publish ports",
                 "publish them at that service", reading.findings);
    }
    return false;
}

class PortClashes {
public:
    explicit PortClashes(Reading& reading) : reading_(reading) {}

    void add(const Port& port, const Service& service) {
        // Of a range, podman takes one that is free.
        const auto range = parse_port_range(port.published);
        if (!range || range->first != range->last) return;
        std::vector<Published>& others = published_[{range->first, port.protocol}];
        for (const Published& other : others) {
            if (!is_same_address(other.port->host_ip, port.host_ip)) continue;
            const std::string what = other.service == service.name ? "twice" : fmt::format("by {}, too", other.service);
            error_at(port.place,
                     fmt::format("the port {}/{} of the gateway is published {}", range->first, port.protocol, what),
                     "choose another port", reading_.findings);
            return;
        }
        others.push_back({&port, service.name});
    }

private:
    Reading& reading_;
    std::map<std::pair<std::uint16_t, std::string>, std::vector<Published>> published_;
};

}  // namespace

bool is_same_address(const std::string& a, const std::string& b) {
    if (a == b || a.empty() || b.empty()) return true;
    const auto is_v6 = [](const std::string& address) { return address.find(':') != std::string::npos; };
    return is_v6(a) == is_v6(b) && (is_any_address(a) || is_any_address(b));
}

void find_clashes(const Project& project, Reading& reading) {
    std::map<std::string, std::string> names;
    PortClashes ports(reading);
    for (const Service& service : project.services) {
        if (!service.container_name.empty()) {
            const auto [known, is_new] = names.try_emplace(service.container_name, service.name);
            if (!is_new) {
                error_at(
                    service.place,
                    fmt::format("the services {} and {} have the same container_name", known->second, service.name),
                    "choose different names", reading.findings);
            }
        }
        if (!can_publish(service, reading)) continue;
        for (const Port& port : service.ports) ports.add(port, service);
    }
}

}  // namespace gup::compose
