// SPDX-License-Identifier: Apache-2.0
// Names and manifests of images, answers of registries, auth.json, registries.conf and policy.json.
#include "core/image/image_manifest.hpp"
#include "core/image/image_reference.hpp"
#include "fuzz.hpp"
#include "source/registry/challenge.hpp"
#include "source/registry/image_policy.hpp"
#include "source/registry/registries_conf.hpp"
#include "source/registry/registry_login.hpp"
#include "util/crypto/base64.hpp"

namespace {

const gup::ImageReference asked{"docker.io", "library/nginx", "latest", ""};

void read_reference(std::string_view input) {
    const auto reference = gup::parse_image_reference(input);
    if (!reference.ok()) return;
    const auto again = gup::parse_image_reference(reference->text());
    gup::fuzz::check(again.ok() && *again == *reference, "a name is read as it is written");
    gup::fuzz::check(reference->text().find_first_of(" \n\t\"'\\$%") == std::string::npos, "a name has plain letters");
}

void read_conf(std::string_view input) {
    gup::detail::RegistriesConf conf;
    if (!conf.add(input, "registries.conf").ok()) return;
    const auto places = conf.places_of(asked);
    gup::fuzz::check(!places.ok() || !places->empty(), "an image has a place");
}

// A part's digest becomes the name of a file.
void check_part(const gup::ImagePart& part) {
    gup::fuzz::check(part.digest.size() == 71 && part.digest.find('/') == std::string::npos, "a digest is a name");
    gup::fuzz::check(part.size > 0 && part.size <= std::uint64_t{1} << 40U, "a part has a size");
}

void read_manifest(std::string_view input) {
    (void)gup::layer_ids_in(input);
    const auto manifest = gup::parse_image_manifest(input);
    if (!manifest.ok()) return;
    gup::fuzz::check(manifest->type.find('"') == std::string::npos, "a type is plain");
    for (const gup::ImagePart& layer : manifest->layers) check_part(layer);
    if (!manifest->is_index) return check_part(manifest->config);
    for (const char* platform : {"linux/amd64/", "linux/arm/v7", "linux/arm64/v8"}) {
        const auto chosen = gup::choose_manifest(*manifest, platform);
        if (chosen.ok()) check_part(*chosen);
    }
}

}  // namespace

void gup::fuzz::take(std::string_view input) {
    read_reference(input);
    read_conf(input);
    read_manifest(input);
    (void)detail::is_policy_for_any(input);
    (void)detail::parse_challenges(input);
    (void)detail::find_in_auth_file(input, asked.registry, asked.repository);
    (void)base64_decoded(input);
}
