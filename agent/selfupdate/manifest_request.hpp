// The question to the server: is there a newer agent, signed by a known key?
#pragma once

#include "selfupdate/self_update.hpp"

namespace gup {

struct ManifestCheck {
    ManifestVerdict judgement;
    ReleaseManifest manifest;  // only when the verdict is update
};

// Asks the server, and changes `state` where something new was learned (the caller writes it). One small request when
// the manifest is the one that was judged last time. Fails with unreachable and its kind, not_found (no manifest),
// authentication (unsigned, another key, a signature that does not match) and invalid_input (what is in the manifest).
[[nodiscard]] Result<ManifestCheck> check_manifest(HttpPool& pool, const SelfUpdateJob& job, SelfUpdateState& state);

}  // namespace gup
