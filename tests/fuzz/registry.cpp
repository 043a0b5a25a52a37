// SPDX-License-Identifier: Apache-2.0
// Names of images, answers of registries, auth.json and registries.conf.
#include "core/image/image_reference.hpp"
#include "fuzz.hpp"
#include "source/registry/challenge.hpp"
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

}  // namespace

void gup::fuzz::take(std::string_view input) {
    read_reference(input);
    read_conf(input);
    (void)detail::parse_challenges(input);
    (void)detail::find_in_auth_file(input, asked.registry, asked.repository);
    (void)base64_decoded(input);
}
