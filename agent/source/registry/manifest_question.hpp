// SPDX-License-Identifier: Apache-2.0
// The question which digest a tag has, asked of one registry or mirror.
#pragma once

#include <string>

#include "source/registry/registries_conf.hpp"

namespace gup::detail {

// Fails as ask_digests says; the message names the registry.
[[nodiscard]] Result<std::string> ask_manifest(const RegistryPlace& place, const std::string& tag,
                                               const RegistryAccess& access);

}  // namespace gup::detail
