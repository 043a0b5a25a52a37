// SPDX-License-Identifier: Apache-2.0
// From facts about podman and the units of containers to findings.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "doctor/findings.hpp"

namespace gup {

// A user whose connectors have stacks.
struct StackUser {
    std::string name;  // "root", "pi"
    std::vector<std::string> connectors;
    std::string problem;  // why containers of it cannot run; empty: they can
    std::string hint;
};
void diagnose_podman(const std::vector<StackUser>& users, Diagnosis& diagnosis);

// The control groups of the kernel, which containers are limited with.
struct ControlGroups {
    bool has_unified = true;  // version 2
    bool has_memory = true;   // its memory controller is on
};
void diagnose_control_groups(const ControlGroups& facts, Diagnosis& diagnosis);

// Generators run before other file systems than / are mounted.
struct UnitsPlace {
    std::string folder;  // "/etc/containers/systemd"
    bool is_on_root = true;
};
void diagnose_units_place(const UnitsPlace& facts, Diagnosis& diagnosis);

// One port of the machine that leads into a container.
struct PublishedPort {
    std::string file;     // "gup-gw/gw-web.container"
    std::string address;  // empty: all
    unsigned first = 0, last = 0;
    std::string protocol = "tcp";
};
// The value of PublishPort=; nullopt without a fixed port of the machine, and for a text of another form.
[[nodiscard]] std::optional<PublishedPort> published_port(std::string_view value);
void diagnose_ports(const std::vector<PublishedPort>& ports, Diagnosis& diagnosis);

// A process that has a port of a container; none of podman's.
struct PortHolder {
    PublishedPort port;
    std::string process;  // "mosquitto (812)"
};
void diagnose_holders(const std::vector<PortHolder>& holders, Diagnosis& diagnosis);

// Where podman keeps images.
struct StorageFacts {
    std::string folder;
    std::uint64_t used = 0;  // bytes of layers
    std::uint64_t free = 0;
    std::uint64_t reserve = 0;  // disk-reserve
};
void diagnose_storage(const StorageFacts& facts, Diagnosis& diagnosis);

// Units of containers of plain users, who are named, wait for network-online.target.
void diagnose_online(const std::vector<std::string>& users, bool is_reached, Diagnosis& diagnosis);

// An image without a version.
struct FloatingImage {
    std::string file;
    std::string image;  // "docker.io/grafana/grafana", "redis:latest"
};
// True without a tag and digest, and for the tag latest. Images that this machine made are no such image.
[[nodiscard]] bool is_floating(std::string_view image);
void diagnose_images(const std::vector<FloatingImage>& images, Diagnosis& diagnosis);

}  // namespace gup
