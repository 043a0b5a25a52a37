// SPDX-License-Identifier: Apache-2.0
// The question to the server: is there a newer agent, signed by a known key?
#pragma once

#include "selfupdate/self_update.hpp"

namespace gup {

struct ManifestCheck {
    ManifestVerdict judgement;
    ReleaseManifest manifest;  // only when the verdict is update
};

// Asks the server, and updates `state` with the result (the caller writes it). One small request if the manifest has
// not changed. Fails with unreachable and similar codes, not_found (no manifest), authentication (unsigned, another
// key, a signature that does not match) and invalid_input (the content of the manifest).
[[nodiscard]] Result<ManifestCheck> check_manifest(HttpPool& pool, const SelfUpdateJob& job, SelfUpdateState& state);

}  // namespace gup
