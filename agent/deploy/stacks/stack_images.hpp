// SPDX-License-Identifier: Apache-2.0
// The images of a connector's stacks: their digests, and that they are in podman's storage under the agent's own tags.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "connector/stacks.hpp"
#include "core/stack/stack_record.hpp"
#include "deploy/stacks/image_download.hpp"
#include "util/result.hpp"

namespace gup {

using Digests = std::map<std::string, std::string>;  // image as written → "sha256:…"

// The digests of `images`. Those that `running` has stay, unless `asks_again`. The others are asked of their registries.
// One that cannot be reached leaves what runs. An image of localhost has none. Fails as ask_digests does.
struct DigestRequest {
    std::vector<std::string> images;
    Digests running;
    bool asks_again = false;
    fs::path home{};  // of the user whose credentials are used
};
[[nodiscard]] Result<Digests> find_digests(const DigestRequest& request, const StackSite& site,
                                           const UpdateSettings& settings, const RunEvents& events);

// What moved tags change. Fails as find_digests.
struct MovedTags {
    std::string text;  // "gw (image redis:7)"; empty: nothing
    std::string key;   // of the images' new digests; empty: nothing
};
[[nodiscard]] Result<MovedTags> find_moved_tags(const StackRecord& running, const StackSite& site, const fs::path& home,
                                                const UpdateSettings& settings, const RunEvents& events);

// Downloads or pulls what is not in the storage, and tags it. Fails as download_image and pull_image do.
[[nodiscard]] Status bring_images(const StackRecord& record, const ImageSite& site, const UpdateSettings& settings,
                                  const RunEvents& events);

// Removes the agent's tags of the connector that no record of `kept` has.
void drop_images(const std::vector<StackRecord>& kept, const StackSite& site);

}  // namespace gup
