// SPDX-License-Identifier: Apache-2.0
#include "core/quadlet/key_table.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <string>

namespace gup::quadlet {
namespace {

struct KnownKey {
    Group group;
    std::string_view key;
    unsigned major;
    unsigned minor;
};

// From the generator of each minor release from 4.4 to 5.8. No release has dropped one.
constexpr std::array known_keys{
    KnownKey{Group::container, "AddCapability", 4, 4},
    KnownKey{Group::container, "AddDevice", 4, 4},
    KnownKey{Group::container, "AddHost", 5, 3},
    KnownKey{Group::container, "Annotation", 4, 4},
    KnownKey{Group::container, "AppArmor", 5, 8},
    KnownKey{Group::container, "CgroupsMode", 5, 3},
    KnownKey{Group::container, "ContainerName", 4, 4},
    KnownKey{Group::container, "DNS", 4, 7},
    KnownKey{Group::container, "DNSOption", 4, 7},
    KnownKey{Group::container, "DNSSearch", 4, 7},
    KnownKey{Group::container, "DropCapability", 4, 4},
    KnownKey{Group::container, "Entrypoint", 5, 0},
    KnownKey{Group::container, "Environment", 4, 4},
    KnownKey{Group::container, "Exec", 4, 4},
    KnownKey{Group::container, "Group", 4, 4},
    KnownKey{Group::container, "GroupAdd", 5, 1},
    KnownKey{Group::container, "HealthCmd", 4, 5},
    KnownKey{Group::container, "HealthInterval", 4, 5},
    KnownKey{Group::container, "HealthRetries", 4, 5},
    KnownKey{Group::container, "HealthStartPeriod", 4, 5},
    KnownKey{Group::container, "HealthStartupCmd", 4, 5},
    KnownKey{Group::container, "HealthStartupInterval", 4, 5},
    KnownKey{Group::container, "HealthStartupTimeout", 4, 5},
    KnownKey{Group::container, "HealthTimeout", 4, 5},
    KnownKey{Group::container, "HostName", 4, 6},
    KnownKey{Group::container, "Image", 4, 4},
    KnownKey{Group::container, "Label", 4, 4},
    KnownKey{Group::container, "LogDriver", 4, 5},
    KnownKey{Group::container, "LogOpt", 5, 2},
    KnownKey{Group::container, "Mask", 4, 6},
    KnownKey{Group::container, "Memory", 5, 5},
    KnownKey{Group::container, "Mount", 4, 5},
    KnownKey{Group::container, "Network", 4, 4},
    KnownKey{Group::container, "NoNewPrivileges", 4, 4},
    KnownKey{Group::container, "Notify", 4, 4},
    KnownKey{Group::container, "PidsLimit", 4, 7},
    KnownKey{Group::container, "PodmanArgs", 4, 4},
    KnownKey{Group::container, "PublishPort", 4, 4},
    KnownKey{Group::container, "Pull", 4, 6},
    KnownKey{Group::container, "ReadOnly", 4, 4},
    KnownKey{Group::container, "ReadOnlyTmpfs", 4, 8},
    KnownKey{Group::container, "RunInit", 4, 4},
    KnownKey{Group::container, "SeccompProfile", 4, 4},
    KnownKey{Group::container, "Secret", 4, 5},
    KnownKey{Group::container, "SecurityLabelDisable", 4, 5},
    KnownKey{Group::container, "SecurityLabelFileType", 4, 5},
    KnownKey{Group::container, "SecurityLabelLevel", 4, 5},
    KnownKey{Group::container, "SecurityLabelNested", 4, 6},
    KnownKey{Group::container, "SecurityLabelType", 4, 5},
    KnownKey{Group::container, "ShmSize", 4, 7},
    KnownKey{Group::container, "StopSignal", 5, 2},
    KnownKey{Group::container, "StopTimeout", 5, 0},
    KnownKey{Group::container, "Sysctl", 4, 6},
    KnownKey{Group::container, "Tmpfs", 4, 5},
    KnownKey{Group::container, "Ulimit", 4, 7},
    KnownKey{Group::container, "Unmask", 4, 6},
    KnownKey{Group::container, "User", 4, 4},
    KnownKey{Group::container, "UserNS", 4, 5},
    KnownKey{Group::container, "Volume", 4, 4},
    KnownKey{Group::container, "WorkingDir", 4, 6},
    KnownKey{Group::network, "Driver", 4, 4},
    KnownKey{Group::network, "Gateway", 4, 4},
    KnownKey{Group::network, "IPAMDriver", 4, 4},
    KnownKey{Group::network, "IPRange", 4, 4},
    KnownKey{Group::network, "IPv6", 4, 4},
    KnownKey{Group::network, "Internal", 4, 4},
    KnownKey{Group::network, "Label", 4, 4},
    KnownKey{Group::network, "NetworkName", 4, 7},
    KnownKey{Group::network, "Options", 4, 4},
    KnownKey{Group::network, "PodmanArgs", 4, 6},
    KnownKey{Group::network, "Subnet", 4, 4},
    KnownKey{Group::volume, "Driver", 4, 8},
    KnownKey{Group::volume, "Label", 4, 4},
    KnownKey{Group::volume, "PodmanArgs", 4, 6},
    KnownKey{Group::volume, "VolumeName", 4, 7},
    KnownKey{Group::build, "BuildArg", 5, 7},
    KnownKey{Group::build, "File", 5, 2},
    KnownKey{Group::build, "ImageTag", 5, 2},
    KnownKey{Group::build, "PodmanArgs", 5, 2},
    KnownKey{Group::build, "SetWorkingDirectory", 5, 2},
    KnownKey{Group::build, "Target", 5, 2},
};

// The number at the front of `text`, which is cut off.
std::optional<unsigned> take_number(std::string_view& text) {
    unsigned number = 0;
    const char* const end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, number);
    if (error != std::errc{} || number > 9999) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(rest - text.data()));
    return number;
}

bool take(std::string_view& text, std::string_view prefix) {
    if (!text.starts_with(prefix)) return false;
    text.remove_prefix(prefix.size());
    return true;
}

}  // namespace

std::optional<PodmanVersion> known_since(Group group, std::string_view key) {
    const auto* const it = std::ranges::find_if(
        known_keys, [&](const KnownKey& known) { return known.group == group && known.key == key; });
    if (it == known_keys.end()) return std::nullopt;
    return PodmanVersion{.major = it->major, .minor = it->minor, .patch = 0};
}

bool knows(const PodmanVersion& podman, Group group, std::string_view key) {
    const std::optional<PodmanVersion> since = known_since(group, key);
    return since && podman >= *since;
}

std::string display(const PodmanVersion& version) {
    return std::to_string(version.major) + '.' + std::to_string(version.minor);
}

std::optional<PodmanVersion> parse_podman_version(const std::string& text) {
    std::string_view rest = text;
    while (!rest.empty() && (rest.back() == '\n' || rest.back() == ' ' || rest.back() == '\r')) rest.remove_suffix(1);
    if (take(rest, "podman")) {
        take(rest, " version");
        if (!take(rest, " ")) return std::nullopt;
    }
    take(rest, "v");
    PodmanVersion result;
    const std::optional<unsigned> major = take_number(rest);
    if (!major || !take(rest, ".")) return std::nullopt;
    const std::optional<unsigned> minor = take_number(rest);
    if (!minor) return std::nullopt;
    result.major = *major;
    result.minor = *minor;
    result.patch = 0;
    if (take(rest, ".")) {
        const std::optional<unsigned> patch = take_number(rest);
        if (!patch) return std::nullopt;
        result.patch = *patch;
    }
    // "-dev", "-rc1", "+ds1", "~rc1"
    const bool is_end = rest.empty() || rest.front() == '-' || rest.front() == '+' || rest.front() == '~';
    return is_end ? std::optional(result) : std::nullopt;
}

}  // namespace gup::quadlet
