// SPDX-License-Identifier: Apache-2.0
#include "core/quadlet/names.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>

#include "core/image/image_reference.hpp"
#include "core/quadlet/key_table.hpp"

namespace gup::quadlet {
namespace {

constexpr std::string_view name_characters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";

// False for an empty text.
bool has_only(std::string_view text, std::string_view characters) {
    return !text.empty() && text.find_first_not_of(characters) == std::string_view::npos;
}

// Quadlet would look for such a file.
bool is_quadlet_file(std::string_view name) {
    static constexpr std::array kinds{".container", ".network", ".volume", ".pod", ".kube", ".image", ".build"};
    return std::ranges::any_of(kinds, [&](std::string_view it) { return name.ends_with(it); });
}

// The parts are kept apart, so that {"a=b"} and {"a", "b"} differ.
void append(std::string& text, std::string_view part) {
    text += part;
    text += '\0';
}

void append(std::string& text, const std::map<std::string, std::string>& map) {
    for (const auto& [key, value] : map) {
        append(text, key);
        append(text, value);
    }
    append(text, "");
}

std::string specification(const compose::Network& network) {
    std::string text;
    append(text, network.driver);
    append(text, network.options);
    append(text, network.labels);
    append(text, network.is_internal ? "internal" : "");
    append(text, network.ipv6 ? "ipv6" : "");
    append(text, network.ipam_driver);
    for (const compose::Subnet& it : network.subnets) {
        append(text, it.subnet);
        append(text, it.gateway);
        append(text, it.range);
    }
    for (const auto& [section, lines] : network.quadlet) {
        append(text, section);
        for (const auto& [key, value] : lines) {
            append(text, key);
            append(text, value);
        }
    }
    return text;
}

}  // namespace

Result<std::string> image_in_unit(const Facts& facts, const std::string& image) {
    const auto it = facts.images.find(image);
    GUP_TRY(const ImageReference reference, parse_image_reference(it == facts.images.end() ? image : it->second));
    std::string text = reference.text();
    if (!is_quadlet_file(text)) return text;
    return Error{ErrorCode::invalid_input, "Quadlet takes the image " + text + " for one of its files",
                 "use a tag with another ending"};
}

bool is_resource_name(std::string_view name) {
    return has_only(name, name_characters) && name.front() != '.' && name.front() != '-' && name.front() != '_' &&
           !is_quadlet_file(name);
}

std::string short_hash(std::string_view text) {
    std::uint64_t hash = 0xcbf29ce484222325U;  // FNV-1a
    for (const char c : text) {
        hash ^= static_cast<unsigned char>(c);
        hash *= 0x100000001b3U;
    }
    auto folded = static_cast<std::uint32_t>(hash ^ (hash >> 32U));
    std::string result(8, '0');
    for (auto it = result.rbegin(); it != result.rend(); ++it) {
        *it = "0123456789abcdef"[folded & 0xfU];
        folded >>= 4U;
    }
    return result;
}

std::string prefix_of(const Facts& facts, const std::string& stack) {
    if (stack.empty()) return facts.prefix;
    const auto it = facts.other_prefixes.find(stack);
    if (it != facts.other_prefixes.end()) return it->second;
    return facts.prefix.empty() ? std::string() : stack + '-';
}

std::string resource_prefix(const compose::Project& project, const Facts& facts) {
    return facts.prefix.empty() ? project.name + '-' : facts.prefix;
}

std::string container_name(const compose::Service& service, const Facts& facts) {
    return service.container_name.empty() ? facts.prefix + service.name : service.container_name;
}

std::string network_name(const compose::Project& project, const compose::Network& network) {
    if (!network.name.empty()) return network.name;
    if (network.is_external) return network.key;
    return project.name + '_' + network.key + '-' + short_hash(specification(network));
}

std::string network_file(const compose::Project& project, const Facts& facts, const compose::Network& network) {
    std::string name = resource_prefix(project, facts) + network.key;
    if (!knows(facts.podman, Group::network, "NetworkName")) name += '-' + short_hash(specification(network));
    return name + ".network";
}

std::string volume_name(const compose::Project& project, const compose::Volume& volume) {
    if (!volume.name.empty()) return volume.name;
    return volume.is_external ? volume.key : project.name + '_' + volume.key;
}

bool has_volume_file(const Facts& facts, const compose::Volume& volume) {
    return !volume.is_external && knows(facts.podman, Group::volume, "VolumeName");
}

std::string volume_file(const compose::Project& project, const Facts& facts, const compose::Volume& volume) {
    return resource_prefix(project, facts) + volume.key + ".volume";
}

std::string unit_of_file(std::string_view file) {
    const std::size_t dot = file.rfind('.');
    const std::string base{file.substr(0, dot)};
    const std::string_view kind = file.substr(dot + 1);
    return kind == "container" ? base + ".service" : base + '-' + std::string(kind) + ".service";
}

}  // namespace gup::quadlet
