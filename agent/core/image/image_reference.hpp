// SPDX-License-Identifier: Apache-2.0
// The name of a container image: [REGISTRY/]NAME[:TAG][@DIGEST], as docker and podman read it.
#pragma once

#include <string>
#include <string_view>

#include "util/result.hpp"

namespace gup {

struct ImageReference {
    std::string registry;    // "docker.io", "ghcr.io", "127.0.0.1:5000", "[::1]:5000"
    std::string repository;  // "library/nginx"
    std::string tag;         // "latest" when neither a tag nor a digest is written; empty: a digest alone
    std::string digest;      // "sha256:…"; empty: none

    // "docker.io/library/nginx"
    [[nodiscard]] std::string name() const { return registry + "/" + repository; }
    // "docker.io/library/nginx:latest", "docker.io/library/nginx@sha256:…", or with both.
    [[nodiscard]] std::string text() const;
    // "docker.io/library/nginx@sha256:…": the image that `wanted` is the digest of.
    [[nodiscard]] std::string at(std::string_view wanted) const { return name() + "@" + std::string(wanted); }

    friend bool operator==(const ImageReference&, const ImageReference&) = default;
};

// A name without a registry is docker.io's, a single word of it is in docker.io/library. Fails with invalid_input: the
// message has the text and the reason, the hint the way to write it.
[[nodiscard]] Result<ImageReference> parse_image_reference(std::string_view text);

// True for "sha256:" and 64 digits, and for "sha384:" and "sha512:" with theirs: hexadecimal, in lower case.
[[nodiscard]] bool is_image_digest(std::string_view text);

// The digits of "sha256:…", and of an id that podman writes without "sha256:".
[[nodiscard]] std::string digits_of_digest(const std::string& digest);

}  // namespace gup
