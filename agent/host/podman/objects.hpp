// SPDX-License-Identifier: Apache-2.0
// Secrets, networks and volumes of podman. All names must match [A-Za-z0-9][A-Za-z0-9_.-]*, else invalid_input.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "host/podman/podman.hpp"
#include "util/secret.hpp"
#include "util/sys/file.hpp"

namespace gup {

// Names, sorted; those that begin with `prefix`.
[[nodiscard]] Result<std::vector<std::string>> podman_secrets(const std::string& prefix, const Podman& podman);
[[nodiscard]] Result<std::vector<std::string>> podman_networks(const std::string& prefix, const Podman& podman);
[[nodiscard]] Result<std::vector<std::string>> podman_volumes(const std::string& prefix, const Podman& podman);

// The value goes through standard input, never into the arguments. Fails with conflict when there is one of that name.
[[nodiscard]] Status make_secret(const std::string& name, const Secret& value, const Podman& podman);
// One that is not there is fine.
[[nodiscard]] Status remove_secret(const std::string& name, const Podman& podman);

[[nodiscard]] Result<bool> has_network(const std::string& name, const Podman& podman);
// Fails with conflict when a container uses it. One that is not there is fine.
[[nodiscard]] Status remove_network(const std::string& name, const Podman& podman);

[[nodiscard]] Result<bool> has_volume(const std::string& name, const Podman& podman);

// The bytes of all layers in podman's storage; 0 for a list that cannot be read.
[[nodiscard]] std::uint64_t layer_bytes(const fs::path& storage);

}  // namespace gup
