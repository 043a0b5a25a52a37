// SPDX-License-Identifier: Apache-2.0
// Images in podman's storage. The agent keeps them by own tags: localhost/gup/CONNECTOR/STACK-SERVICE:GENERATION.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "host/podman/podman.hpp"
#include "util/log/retry.hpp"
#include "util/sys/file.hpp"

namespace gup {

struct LocalImage {
    std::string id;                    // 64 hexadecimal digits
    std::string digest;                // "sha256:…", of the manifest
    std::vector<std::string> tags;     // "docker.io/library/redis:7", "localhost/gup/gw/db-redis:3"
    std::vector<std::string> digests;  // "docker.io/library/redis@sha256:…"
    std::uint64_t size = 0;            // bytes
    std::string platform;              // "linux/arm64/v8"
};

// Nullopt when it is not in the storage. Nothing is asked over the network.
[[nodiscard]] Result<std::optional<LocalImage>> find_image(const std::string& reference, const Podman& podman);

struct PullRequest {
    std::string reference{};  // fully qualified, best by digest: "docker.io/library/redis@sha256:…"
    std::string platform{};   // "linux/arm64"; empty: this machine's
    fs::path auth_file{};     // containers-auth.json(5); empty: podman's own places
    RetryPolicy retries{};
    Milliseconds timeout{3'600'000};  // of one attempt
};
// Downloads it; tries again after failures of the network. Returns its id. Fails with not_found (no such image, tag or
// digest, or none for the platform), authentication, no_space, unreachable, timeout, server, cancelled, invalid_input, failed.
[[nodiscard]] Result<std::string> pull_image(const PullRequest& request, const Podman& podman);

// Podman's storage of images.
struct ImageStorage {
    std::string platform;          // of the machine, as podman chooses images: "linux/arm/v7", "linux/amd64/"
    fs::path folder;               // "/var/lib/containers/storage"
    std::set<std::string> layers;  // ids (diff_id) of the layers of all images
};
[[nodiscard]] Result<ImageStorage> image_storage(const Podman& podman);

// Brings an image from a folder in OCI's layout into the storage, under a tag. Layers that the storage has may be missing
// in the folder. Fails with protocol, and leaves no tag, when the image is not the one with that digest.
struct ImageImport {
    fs::path folder{};     // only its containers' user writes there
    std::string tag{};     // "localhost/gup/gw/db:0123"
    std::string digest{};  // "sha256:…", of a manifest or an index
    Milliseconds timeout{3'600'000};
};
[[nodiscard]] Status import_image(const ImageImport& request, const Podman& podman);

// Adds the tag to an image that is in the storage, and moves it if another image has it. Fails with not_found.
[[nodiscard]] Status tag_image(const std::string& reference, const std::string& tag, const Podman& podman);
// Removes the tag; the image itself too, if no other tag names it and no container uses it. A tag that is not there is
// fine.
[[nodiscard]] Status drop_tag(const std::string& tag, const Podman& podman);

// By id: the digests of the manifests of all images.
[[nodiscard]] Result<std::map<std::string, std::string>> image_digests(const Podman& podman);

struct KeptImage {
    std::string tag;     // "localhost/gup/gw/db-redis:3"
    std::string id;      // 64 hexadecimal digits
    std::string digest;  // "sha256:…"
};
inline constexpr const char* kept_images = "localhost/gup/";
// The tags that begin with kept_images and "CONNECTOR/"; without a connector, all of them. Sorted.
[[nodiscard]] Result<std::vector<KeptImage>> kept_images_of(const std::string& connector, const Podman& podman);

}  // namespace gup
