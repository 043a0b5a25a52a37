// SPDX-License-Identifier: Apache-2.0
// The question which digest a tag has, asked of one registry or mirror.
#pragma once

#include <set>
#include <string>

#include "source/registry/registries_conf.hpp"

namespace gup::detail {

// What the questions to one registry share.
struct RegistryTalk {
    const RegistryAccess& access;
    std::set<std::string> clear_hosts{};  // insecure registries that have no TLS
};

// Fails as ask_digests says; the message names the registry.
[[nodiscard]] Result<std::string> ask_manifest(const RegistryPlace& place, const std::string& tag, RegistryTalk& talk);

}  // namespace gup::detail
