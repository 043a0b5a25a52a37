// SPDX-License-Identifier: Apache-2.0
// registries.conf (containers-registries.conf(5), version 2): where the images of a registry are asked for.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/image/image_reference.hpp"
#include "source/registry/registry.hpp"
#include "util/result.hpp"

namespace gup::detail {

struct RegistryPlace {
    std::string registry;    // as credentials name it: "docker.io", "mirror.lan:5000"
    std::string repository;  // there
    bool is_insecure = false;
    bool is_mirror = false;

    // For requests: "registry-1.docker.io" for docker.io.
    [[nodiscard]] std::string host() const;
};

struct RegistryMirror {
    std::string location;
    bool is_insecure = false;
    bool serves_tags = true;
    bool serves_digests = true;
};

struct RegistryRule {
    std::string prefix;  // "docker.io", "ghcr.io/org", "*.example.org"
    std::string location;
    bool is_insecure = false;
    bool is_blocked = false;
    std::vector<RegistryMirror> mirrors;
};

class RegistriesConf {
public:
    // Another rule for a prefix replaces the one before. Fails with invalid_input, naming `file`.
    [[nodiscard]] Status add(std::string_view text, const std::string& file);
    // The mirrors for tags, or for an image with a digest those for digests, in their order. Then the registry itself. Fails with permission when the registry is blocked.
    [[nodiscard]] Result<std::vector<RegistryPlace>> places_of(const ImageReference& image) const;

private:
    [[nodiscard]] const RegistryRule* rule_for(const std::string& name, std::size_t& matched) const;

    std::vector<RegistryRule> rules_;
};

// The user's file, or the system's, and the *.conf of both registries.conf.d.
[[nodiscard]] Result<RegistriesConf> read_registries_conf(const RegistryAccess& access);

}  // namespace gup::detail
