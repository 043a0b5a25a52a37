// SPDX-License-Identifier: Apache-2.0
// The keys that Quadlet knows, by podman's version.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/quadlet/render.hpp"

namespace gup::quadlet {

enum class Group : std::uint8_t { container, network, volume, build };

// The first podman whose Quadlet has the key; nullopt: not in this table.
[[nodiscard]] std::optional<PodmanVersion> known_since(Group group, std::string_view key);
[[nodiscard]] bool knows(const PodmanVersion& podman, Group group, std::string_view key);

// The first one that has Quadlet.
inline constexpr PodmanVersion first_with_quadlet{.major = 4, .minor = 4, .patch = 0};
// Notify=healthy, which is a value and no key.
inline constexpr PodmanVersion first_with_notify_healthy{.major = 5, .minor = 0, .patch = 0};
// Before it User= and Group= take numbers only.
inline constexpr PodmanVersion first_with_user_names{.major = 4, .minor = 8, .patch = 0};
// `subpath` of a named volume, an option of Mount=.
inline constexpr PodmanVersion first_with_subpath{.major = 5, .minor = 4, .patch = 0};
// "-/dev/x" in AddDevice=: only if it is there.
inline constexpr PodmanVersion first_with_optional_devices{.major = 4, .minor = 5, .patch = 0};
// A .build file.
inline constexpr PodmanVersion first_with_build{.major = 5, .minor = 2, .patch = 0};

// "5.4".
[[nodiscard]] std::string display(const PodmanVersion& version);

}  // namespace gup::quadlet
