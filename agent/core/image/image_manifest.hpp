// SPDX-License-Identifier: Apache-2.0
// Manifests of images, as OCI's image specification and Docker's distribution (schema 2) have them: which parts an image
// is made of.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "util/result.hpp"

namespace gup {

struct ImagePart {
    std::string type;    // its media type
    std::string digest;  // "sha256:…"
    std::uint64_t size = 0;
};

struct ImageManifest {
    std::string type;
    std::vector<ImagePart> layers;  // in their order; empty in an index
    ImagePart config;               // empty in an index
    struct Choice {
        ImagePart manifest;
        std::string platform;  // "linux/arm64/v8"
    };
    std::vector<Choice> choices;  // of an index: one for each platform
    bool is_index = false;
};

// Fails with unsupported for a manifest of another kind, for layers that are not in the registry, and for encrypted ones:
// only podman can bring such an image. Fails with protocol for one that is malformed.
[[nodiscard]] Result<ImageManifest> parse_image_manifest(std::string_view text);

// The manifest for "OS/ARCHITECTURE/VARIANT" ("linux/arm/v7", "linux/amd64/") as podman chooses it. Fails with not_found
// when there is none, and with unsupported when several are alike.
[[nodiscard]] Result<ImagePart> choose_manifest(const ImageManifest& index, std::string_view platform);

// The layers' ids (diff_ids) in the configuration of an image; empty when it has none.
[[nodiscard]] std::vector<std::string> layer_ids_in(std::string_view config);

}  // namespace gup
