// SPDX-License-Identifier: Apache-2.0
// The manifest of a release, as an agent reads it after its signature was verified.
#include "selfupdate/manifest.hpp"

#include "fuzz.hpp"

void gup::fuzz::take(std::string_view input) {
    (void)ReleaseVersion::parse(input);
    (void)release_of_debian_version(input);
    const Result<ReleaseManifest> manifest = parse_release_manifest(input);
    if (!manifest) return;
    Client client;
    client.version = "0.1.0";
    client.target = "aarch64";
    client.now = manifest->created;
    (void)judge_release(*manifest, client);
}
