// SPDX-License-Identifier: Apache-2.0
#include "doctor/container_findings.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/compose/clashes.hpp"
#include "util/text.hpp"

namespace gup {
namespace {

bool clash(const PublishedPort& one, const PublishedPort& other) {
    if (one.file == other.file || one.protocol != other.protocol) return false;
    if (one.last < other.first || other.last < one.first) return false;
    return compose::is_same_address(one.address, other.address);
}

std::string port_text(const PublishedPort& port) {
    const std::string number =
        port.first == port.last ? std::to_string(port.first) : fmt::format("{}-{}", port.first, port.last);
    return fmt::format("port {}{}", number, port.protocol == "tcp" ? "" : "/" + port.protocol);
}

// "[::1]:8080", "127.0.0.1:8080", "8080" → what stands before the last colon, without brackets.
std::string address_of(std::string_view host) {
    const auto colon = host.rfind(':');
    if (colon == std::string_view::npos) return {};
    std::string_view address = host.substr(0, colon);
    if (address.starts_with('[') && address.ends_with(']')) address = address.substr(1, address.size() - 2);
    return std::string(address);
}

}  // namespace

void diagnose_podman(const std::vector<StackUser>& users, Diagnosis& diagnosis) {
    diagnosis.look();
    for (const StackUser& user : users) {
        if (user.problem.empty()) continue;
        diagnosis.find({"podman", list_text(user.connectors), user.problem,
                        fmt::format("containers of {} cannot be updated", user.name), user.hint});
    }
}

void diagnose_control_groups(const ControlGroups& facts, Diagnosis& diagnosis) {
    diagnosis.look();
    if (!facts.has_unified) {
        diagnosis.find({"containers", "control groups", "the kernel uses control groups of version 1",
                        "containers of plain users have no limits, and podman 5 does not support it",
                        "add systemd.unified_cgroup_hierarchy=1 to the kernel's command line, and reboot"});
    } else if (!facts.has_memory) {
        diagnosis.find({"containers", "memory", "the kernel's memory controller is off",
                        "mem_limit of a compose file has no effect, or keeps its container from starting",
                        "Raspberry Pi OS: add cgroup_enable=memory to /boot/firmware/cmdline.txt, and reboot"});
    }
}

void diagnose_units_place(const UnitsPlace& facts, Diagnosis& diagnosis) {
    diagnosis.look();
    if (facts.is_on_root) return;
    diagnosis.find({"containers", facts.folder, "it is on another file system than /",
                    "at boot, Quadlet runs before that one is mounted: no container starts",
                    "make it a folder on the file system of /etc, not a link or a mount"});
}

std::optional<PublishedPort> published_port(std::string_view value) {
    PublishedPort port;
    std::string_view rest = trimmed(value);
    if (const auto slash = rest.rfind('/'); slash != std::string_view::npos) {
        port.protocol = lower(rest.substr(slash + 1));
        rest = rest.substr(0, slash);
    }
    const auto colon = rest.rfind(':');
    if (colon == std::string_view::npos) return std::nullopt;
    const std::string_view host = rest.substr(0, colon);
    port.address = address_of(host);
    std::string_view numbers = host.substr(host.rfind(':') == std::string_view::npos ? 0 : host.rfind(':') + 1);
    const auto first = number_in<unsigned>(take_until(numbers, '-'));
    if (!first) return std::nullopt;
    const auto last = numbers.empty() ? first : number_in<unsigned>(numbers);
    if (!last || *last < *first) return std::nullopt;
    port.first = *first;
    port.last = *last;
    return port;
}

void diagnose_ports(const std::vector<PublishedPort>& ports, Diagnosis& diagnosis) {
    diagnosis.look();
    for (std::size_t i = 0; i < ports.size(); ++i) {
        for (std::size_t k = i + 1; k < ports.size(); ++k) {
            if (!clash(ports[i], ports[k])) continue;
            diagnosis.find({"containers", ports[k].file,
                            fmt::format("it wants {}, and so does {}", port_text(ports[k]), ports[i].file),
                            "only the one that starts first runs", "change one of them in its compose file"});
        }
    }
}

void diagnose_holders(const std::vector<PortHolder>& holders, Diagnosis& diagnosis) {
    diagnosis.look();
    for (const PortHolder& one : holders) {
        diagnosis.find({"containers", one.port.file,
                        fmt::format("it wants {}, which {} has", port_text(one.port), one.process),
                        "its container cannot start", "stop that program, or change the port in the compose file"});
    }
}

void diagnose_storage(const StorageFacts& facts, Diagnosis& diagnosis) {
    diagnosis.look();
    const std::string used = fmt::format("images of containers take {}", size_text(facts.used));
    if (facts.free >= facts.reserve) {
        if (facts.used > 0) diagnosis.note(fmt::format("{}: {}", facts.folder, used));
        return;
    }
    diagnosis.find({"disk", facts.folder,
                    fmt::format("{}, and {} are free, which is less than disk-reserve ({})", used,
                                size_text(facts.free), size_text(facts.reserve)),
                    "no image is pulled, so no update with a new image",
                    "podman image prune removes what nothing uses; a smaller update.keep keeps fewer images"});
}

void diagnose_online(const std::vector<std::string>& users, bool is_reached, Diagnosis& diagnosis) {
    diagnosis.look();
    if (users.empty() || is_reached) return;
    diagnosis.find({"containers", list_text(users), "network-online.target is not reached",
                    "units of containers of plain users wait for it, and do not start",
                    "systemctl add-wants multi-user.target network-online.target, then systemctl start "
                    "network-online.target"});
}

bool is_floating(std::string_view image) {
    if (image.empty() || contains(image, "@") || image.starts_with("localhost/") || image.ends_with(".image") ||
        image.ends_with(".build")) {
        return false;
    }
    const std::string_view name = image.substr(image.rfind('/') == std::string_view::npos ? 0 : image.rfind('/') + 1);
    const auto colon = name.rfind(':');
    return colon == std::string_view::npos || name.substr(colon + 1) == "latest";
}

void diagnose_images(const std::vector<FloatingImage>& images, Diagnosis& diagnosis) {
    diagnosis.look();
    for (const FloatingImage& one : images) {
        diagnosis.note(
            fmt::format("{}: the image {} has no version, so each pull may bring another one", one.file, one.image));
    }
}

}  // namespace gup
