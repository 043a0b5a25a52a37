// SPDX-License-Identifier: Apache-2.0
// Registries of container images (the v2 API): which digest a tag has now. One HEAD for each image on one connection to
// each registry, with a token or a password where the registry asks for it, by the mirrors of registries.conf.
//
// Everything runs as the process's user: its helpers are its programs.
#pragma once

#include <string>
#include <vector>

#include "core/image/image_reference.hpp"
#include "util/http/network_access.hpp"
#include "util/result.hpp"
#include "util/sys/file.hpp"

namespace gup {

struct RegistryAccess {
    fs::path home;  // of the user whose credentials and registries.conf are used
    NetworkAccess network;
    fs::path auth_file{};  // containers-auth.json(5); empty: the user's own places
    fs::path system = "/etc/containers";
    fs::path runtime{};  // the user's; empty: $XDG_RUNTIME_DIR, else /run/user/UID or, for root, /run
};

// "sha256:…" for each image, in their order; one with a digest has that one, and nothing is asked. Images of one registry
// are asked one after the other, registries at the same time, each with retries. Fails for an image with not_found,
// authentication (the hint has the file for the credentials), server (too many requests), protocol, unreachable,
// timeout, cancelled, and with invalid_input for a wrong registries.conf or auth.json. No password is in a message.
[[nodiscard]] std::vector<Result<std::string>> ask_digests(const std::vector<ImageReference>& images,
                                                           const RegistryAccess& access);

// Drops the tokens that the process remembers; for tests.
void forget_registry_tokens();

}  // namespace gup
