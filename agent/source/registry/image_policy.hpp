// SPDX-License-Identifier: Apache-2.0
// policy.json (containers-policy.json(5)): which images podman takes from where.
#pragma once

#include <string_view>

#include "source/registry/registry.hpp"

namespace gup {

// False when some images must be signed or are refused, and when there is no policy that can be read: then podman itself
// has to pull, because an image in a folder is judged by other rules than the same image in its registry.
[[nodiscard]] bool accepts_any_image(const RegistryAccess& access);

namespace detail {
[[nodiscard]] bool is_policy_for_any(std::string_view text);
}  // namespace detail

}  // namespace gup
