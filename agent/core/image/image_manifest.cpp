// SPDX-License-Identifier: Apache-2.0
#include "core/image/image_manifest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/image/image_reference.hpp"
#include "util/json.hpp"
#include "util/printable.hpp"
#include "util/text.hpp"

namespace gup {
namespace {

using nlohmann::json;

// More is no image for a gateway, and sums stay numbers.
constexpr std::int64_t largest_part = std::int64_t{1} << 40U;
constexpr std::size_t most_parts = 1024;

Error malformed_manifest(std::string_view why) {
    return {ErrorCode::protocol, fmt::format("the image's manifest is malformed: {}", why), {}};
}

Error only_for_podman(std::string_view why) {
    return {ErrorCode::unsupported, fmt::format("the image has {}", why), {}};
}

Result<ImagePart> part_from(const json& value) {
    ImagePart part{text_member(value, "mediaType"), text_member(value, "digest"), 0};
    const std::int64_t size = number_member(value, "size");
    if (!is_image_digest(part.digest)) return malformed_manifest("a part has no digest");
    if (!part.digest.starts_with("sha256:")) return only_for_podman("digests that are not SHA-256");
    if (size <= 0 || size > largest_part) return malformed_manifest("the size of a part is none");
    part.size = static_cast<std::uint64_t>(size);
    return part;
}

Result<ImagePart> layer_from(const json& value) {
    GUP_TRY(ImagePart layer, part_from(value));
    const bool is_foreign = !array_member(value, "urls").empty() || contains(layer.type, "foreign") ||
                            contains(layer.type, "nondistributable");
    if (is_foreign) return only_for_podman("layers that are not in the registry");
    if (contains(layer.type, "encrypted")) return only_for_podman("encrypted layers");
    return layer;
}

std::string platform_of(const json& value) {
    const json& platform = member_of(value, "platform");
    return fmt::format("{}/{}/{}", text_member(platform, "os"), text_member(platform, "architecture"),
                       text_member(platform, "variant"));
}

bool is_index_type(std::string_view type) {
    return type == "application/vnd.oci.image.index.v1+json" ||
           type == "application/vnd.docker.distribution.manifest.list.v2+json";
}

bool is_manifest_type(std::string_view type) {
    return type == "application/vnd.oci.image.manifest.v1+json" ||
           type == "application/vnd.docker.distribution.manifest.v2+json";
}

// What podman runs for these variants, the best first; a manifest often names none.
std::vector<std::string> platforms_for(std::string_view platform) {
    const std::size_t at = platform.rfind('/');
    const std::string machine(platform.substr(0, at + 1));
    const std::string_view variant = platform.substr(at + 1);
    std::vector<std::string> wanted;
    if (machine == "linux/arm/") {
        for (const std::string_view one : {"v8", "v7", "v6", "v5"}) {
            if (one <= variant) wanted.push_back(machine + std::string(one));
        }
    } else if (!variant.empty()) {
        wanted.push_back(machine + std::string(variant));
    }
    wanted.push_back(machine);
    return wanted;
}

}  // namespace

Result<ImageManifest> parse_image_manifest(std::string_view text) {
    const auto value = parse_json(text);
    if (!value.ok()) return malformed_manifest(value.error().message);
    ImageManifest manifest;
    manifest.type = text_member(*value, "mediaType");
    const json& choices = array_member(*value, "manifests");
    const json& layers = array_member(*value, "layers");
    if (number_member(*value, "schemaVersion") != 2) return only_for_podman("a manifest of another version than 2");
    if (manifest.type.empty()) {  // OCI does not ask for it
        manifest.type = fmt::format("application/vnd.oci.image.{}.v1+json", choices.empty() ? "manifest" : "index");
    }
    manifest.is_index = is_index_type(manifest.type);
    if (!manifest.is_index && !is_manifest_type(manifest.type)) {
        return only_for_podman("a manifest of the type " + printable(manifest.type));
    }
    if (choices.size() > most_parts || layers.size() > most_parts) return malformed_manifest("it has too many parts");
    if (manifest.is_index) {
        for (const json& one : choices) {
            GUP_TRY(ImagePart part, part_from(one));
            manifest.choices.push_back({std::move(part), platform_of(one)});
        }
        return manifest;
    }
    GUP_TRY(manifest.config, part_from(member_of(*value, "config")));
    for (const json& one : layers) {
        GUP_TRY(ImagePart layer, layer_from(one));
        manifest.layers.push_back(std::move(layer));
    }
    return manifest;
}

Result<ImagePart> choose_manifest(const ImageManifest& index, std::string_view platform) {
    for (const std::string& wanted : platforms_for(platform)) {
        const auto is_it = [&](const ImageManifest::Choice& one) { return one.platform == wanted; };
        const auto found = std::ranges::find_if(index.choices, is_it);
        if (found == index.choices.end()) continue;
        if (std::any_of(found + 1, index.choices.end(), is_it)) return only_for_podman("several forms for " + wanted);
        return found->manifest;
    }
    return Error{
        ErrorCode::not_found, fmt::format("the image is not made for this machine's platform, {}", platform), {}};
}

std::vector<std::string> layer_ids_in(std::string_view config) {
    const auto value = parse_json(config);
    return value.ok() ? text_members(member_of(*value, "rootfs"), "diff_ids") : std::vector<std::string>();
}

}  // namespace gup
