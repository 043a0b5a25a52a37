// SPDX-License-Identifier: Apache-2.0
// The download of an image: its manifests, configuration and layers, each a file named by its digest in an OCI layout
// (which podman reads as oci:FOLDER). A part that was cut goes on where it ended, also in another night, and at another
// mirror.
#pragma once

#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/image/image_manifest.hpp"
#include "source/registry/registry.hpp"
#include "source/registry/registry_session.hpp"

namespace gup {

struct ImageWish {
    ImageReference image;          // with a digest
    std::string platform;          // "linux/arm64/v8"
    std::set<std::string> layers;  // ids of the layers that the storage has
    fs::path folder;               // of the layout: made here, and only this process writes there
    std::function<void(std::uint64_t bytes)> progress{};  // of all parts, received so far; may be empty
};

class ImageFetch {
public:
    // Both outlive it.
    ImageFetch(const ImageWish& wish, const RegistryAccess& access) : wish_(wish), access_(access) {}

    // Brings manifests and configuration. Fails as ask_digests does, with unsupported for an image that only podman can
    // bring, with not_found when there is none for the platform, and as download_patiently.
    [[nodiscard]] Status begin();
    // What fetch() would download, and what the storage needs for it. A guess for layers that are compressed.
    [[nodiscard]] std::uint64_t missing() const;
    [[nodiscard]] std::uint64_t unpacked() const;
    // Whether the storage has some of its layers.
    [[nodiscard]] bool leaves_out() const { return !in_storage_.empty(); }

    enum class Layers : bool { missing, all };  // those that the storage has are left out, or not
    // Brings the layers, checks the digest of each, and completes the layout. A part with another digest is removed.
    [[nodiscard]] Status fetch(Layers layers);

private:
    [[nodiscard]] fs::path file_of(const ImagePart& part) const;
    [[nodiscard]] bool is_complete(const ImagePart& part) const;
    [[nodiscard]] Status bring(const ImagePart& part, std::string_view kind);
    [[nodiscard]] Status bring_from(detail::RegistrySession& session, const ImagePart& part, std::string_view kind,
                                    const RetryPolicy& retries);
    [[nodiscard]] Result<ImageManifest> bring_manifest(ImagePart& part);
    [[nodiscard]] Status write_index() const;

    const ImageWish& wish_;
    const RegistryAccess& access_;
    std::vector<detail::RegistrySession> sessions_;  // mirrors, then the registry
    ImagePart top_;
    std::vector<ImagePart> layers_;     // without repetition
    std::set<std::string> in_storage_;  // of them, by digest
    std::uint64_t received_ = 0;
};

}  // namespace gup
