// SPDX-License-Identifier: Apache-2.0
#include "core/compose/service_devices.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "util/text.hpp"

namespace gup::compose {
namespace {

using yaml::Node;

void add_device(Service& service, Device device) {
    const auto target = [](const Device& one) { return one.container.empty() ? one.host : one.container; };
    const auto same = std::find_if(service.devices.begin(), service.devices.end(),
                                   [&](const Device& one) { return target(one) == target(device); });
    if (same == service.devices.end()) {
        service.devices.push_back(std::move(device));
    } else {
        *same = std::move(device);
    }
}

bool is_cdi_name(std::string_view text) {
    return !text.starts_with('/') && contains(text, "/") && contains(text, "=");
}

void check_device(const Node& node, const Device& device, Findings& findings) {
    if (!device.host.starts_with('/') && !is_cdi_name(device.host)) {
        findings.error(node.mark, fmt::format("{} is no device", yaml::shown(device.host)),
                       "write /dev/ttyUSB0:/dev/ttyUSB0, or a CDI name (vendor.com/class=name)");
    }
    if (device.permissions.find_first_not_of("rwm") != std::string::npos) {
        findings.error(node.mark, fmt::format("{} are no permissions of a device", yaml::shown(device.permissions)),
                       "they are letters of rwm");
    }
}

}  // namespace

void read_devices(const Node& node, Service& service, Reading& reading) {
    Findings& findings = reading.findings;
    if (node.is_null()) return;
    if (!node.is_sequence()) {
        findings.error(node.mark, fmt::format("devices wants a list, not {}", name_of(node.kind)));
        return;
    }
    for (const Node& item : node.items) {
        Device device{.place = place_of_mark(item.mark)};
        if (item.is_scalar()) {
            std::string_view rest = item.text;
            device.host = take_until(rest, ':');
            device.container = take_until(rest, ':');
            device.permissions = rest;
            const bool is_mode = !device.container.starts_with('/') && device.permissions.empty();
            if (is_mode) device.permissions = std::exchange(device.container, {});
        } else if (check_keys(item, {"source", "target", "permissions"}, "a device", findings)) {
            if (const Node* const found = item.find("source")) device.host = text_or_empty(*found, "source", findings);
            if (const Node* const found = item.find("target"))
                device.container = text_or_empty(*found, "target", findings);
            if (const Node* const found = item.find("permissions")) {
                device.permissions = text_or_empty(*found, "permissions", findings);
            }
            if (const Node* const found = item.find("x-gup-optional")) {
                device.is_optional = flag_in(*found, "x-gup-optional", findings);
            }
        }
        check_device(item, device, findings);
        add_device(service, std::move(device));
    }
}

void read_gpus(const Node& node, Service& service, Reading& reading) {
    Findings& findings = reading.findings;
    if (node.is_null()) return;
    Node all = node;
    if (node.is_scalar()) {
        if (node.text != "all") {
            findings.error(node.mark, "gpus wants all, or a list of devices");
            return;
        }
        all.kind = yaml::Kind::sequence;
        Node one;
        one.mark = node.mark;
        one.kind = yaml::Kind::mapping;
        all.items = {one};
    }
    for (const Node& item : all.items) {
        if (!check_keys(item, {"driver", "count", "device_ids", "capabilities", "options"}, "a device reservation",
                        findings)) {
            continue;
        }
        const Node* const driver = item.find("driver");
        const std::string name = driver == nullptr || driver->is_null() ? "nvidia" : driver->text;
        if (name != "nvidia" && name != "cdi") {
            findings.error(driver->mark, fmt::format("podman has no device driver {}", yaml::shown(name)),
                           "use devices with a path or a CDI name");
            continue;
        }
        const Node* const ids = item.find("device_ids");
        std::vector<std::string> names =
            ids == nullptr ? std::vector<std::string>{"all"} : texts_in(*ids, "device_ids", findings);
        for (std::string& id : names) {
            if (name == "nvidia") id.insert(0, "nvidia.com/gpu=");
            findings.warning(item.mark,
                             fmt::format("the GPU is given to the container by its CDI name {}", yaml::shown(id)),
                             "the gateway needs a CDI specification (nvidia-ctk cdi generate)");
            add_device(service, {.place = place_of_mark(item.mark), .host = id, .container = {}, .permissions = {}});
        }
    }
}

}  // namespace gup::compose
