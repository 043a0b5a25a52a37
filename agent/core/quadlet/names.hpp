// SPDX-License-Identifier: Apache-2.0
// Names of units, networks, volumes and images.
#pragma once

#include <string>
#include <string_view>

#include "core/compose/project.hpp"
#include "core/quadlet/render.hpp"
#include "util/result.hpp"

namespace gup::quadlet {

// As the unit names it: Facts::images, else fully qualified, because Quadlet refuses to guess a registry. Fails with
// invalid_input for a path, a transport ("dir:/x") and a name that Quadlet takes for one of its files.
[[nodiscard]] Result<std::string> image_in_unit(const Facts& facts, const std::string& image);

// A name that podman takes, and that is no path, mode ("ns:/proc/1/ns/net") or file of Quadlet ("x.network").
[[nodiscard]] bool is_resource_name(std::string_view name);

// "3f2a91c0": eight digits that tell two specifications apart. No cryptography.
[[nodiscard]] std::string short_hash(std::string_view text);

// The prefix of the units of a service in `stack`; empty: this stack.
[[nodiscard]] std::string prefix_of(const Facts& facts, const std::string& stack);
// Of networks, volumes and configs. Without a prefix the project's name keeps those of two stacks apart.
[[nodiscard]] std::string resource_prefix(const compose::Project& project, const Facts& facts);

// The container's name: explicit, or like its unit.
[[nodiscard]] std::string container_name(const compose::Service& service, const Facts& facts);

// "gw_default-3f2a91c0", or the explicit name.
[[nodiscard]] std::string network_name(const compose::Project& project, const compose::Network& network);
// "gw-default.network". Before podman 4.7 the file's name gives the network its name: "systemd-gw-default-3f2a91c0".
[[nodiscard]] std::string network_file(const compose::Project& project, const Facts& facts,
                                       const compose::Network& network);

// "gw_data", or the explicit name.
[[nodiscard]] std::string volume_name(const compose::Project& project, const compose::Volume& volume);
// True when a .volume file makes it. Before podman 4.7 such a file cannot name it: podman makes it with the container.
[[nodiscard]] bool has_volume_file(const Facts& facts, const compose::Volume& volume);
[[nodiscard]] std::string volume_file(const compose::Project& project, const Facts& facts,
                                      const compose::Volume& volume);

// "gw-web.container" → "gw-web.service", "gw-data.volume" → "gw-data-volume.service".
[[nodiscard]] std::string unit_of_file(std::string_view file);

}  // namespace gup::quadlet
