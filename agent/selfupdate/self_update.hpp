// How the agent updates itself (docs/self-update.md):
//   check_manifest   is there a manifest, signed by one of our keys, that offers something newer?
//   stage_agent        its file is downloaded and verified, made ready beside the agent that is there, and tests itself
//   begin_trial        a run is counted and given to the new agent, from where it was made ready
//   finish_trial       a run was finished: the new agent takes the name
// Until then the name belongs to the agent that is known to work: nothing has to be there to bring it back.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "selfupdate/installation.hpp"
#include "selfupdate/manifest.hpp"
#include "selfupdate/state.hpp"
#include "util/crypto/minisign.hpp"
#include "util/http/http.hpp"
#include "util/log/retry.hpp"
#include "util/result.hpp"

namespace gup {

struct SelfUpdateSettings {
    std::string url;                // of the manifest; empty: off
    std::vector<MinisignKey> keys;  // one of them must have signed it
};

struct SelfUpdateJob {
    SelfUpdateSettings settings;
    Installation place;
    fs::path state;
    std::string version;                 // of this agent
    std::int64_t built = 0;              // seconds since the epoch; 0: unknown
    std::vector<std::string> arguments;  // that lead a new agent to the same configuration
    RetryPolicy retry;
};

// Says to a new agent that it is started, or tested, in place of the agent of that path.
inline constexpr const char* stand_in_variable = "GUP_STANDS_IN_FOR";

// A new agent may begin that many runs without finishing one.
inline constexpr int trial_starts = 3;

struct ManifestCheck {
    ManifestVerdict judgement;
    ReleaseManifest manifest;  // only when the verdict is update
};

// Asks the server, and changes `state` where something new was learned (the caller writes it). One small request when
// the manifest is the one that was judged last time. Fails with unreachable and its kind, not_found (no manifest),
// authentication (unsigned, another key, a signature that does not match) and invalid_input (what is in the manifest).
[[nodiscard]] Result<ManifestCheck> check_manifest(HttpPool& pool, const SelfUpdateJob& job, SelfUpdateState& state);

// Makes the agent of `trial` ready: nothing is downloaded twice, a download that was cut goes on. When this succeeds
// the new agent has passed its self-test. Fails with no_space, permission, protocol (size, hash), failed (self-test)
// and what a download fails with; the agent that is there is not touched.
[[nodiscard]] Status stage_agent(HttpPool& pool, const SelfUpdateJob& job, const AgentTrial& trial);

// Whether what offered state.trial is still in force: up_to_date, expired or clock_wrong.
[[nodiscard]] ManifestVerdict judge_trial(const SelfUpdateJob& job, const SelfUpdateState& state);

// Counts a start of state.trial, on disk, before it happens. Fails when the count cannot be kept: then it must not be
// started, for a start that is not counted could be repeated for ever.
[[nodiscard]] Status begin_trial(const SelfUpdateJob& job, SelfUpdateState& state);

// That version is not tried again; what was staged is removed.
[[nodiscard]] Status refuse_trial(const SelfUpdateJob& job, SelfUpdateState& state, const std::string& reason);

// For an agent on trial that has finished a run, and for the one after that if it could not be installed then: it takes
// the name. Fails with busy when dpkg is in use, and as files and dpkg do; the agent of the name is whole, old or new.
[[nodiscard]] Status finish_trial(const SelfUpdateJob& job, SelfUpdateState& state);

// At the start of a run: a trial that is over (this agent is that version, or a newer one) is forgotten and what it
// left is removed; a package that was installed half is configured. What was done, for the log; empty: nothing.
[[nodiscard]] Result<std::string> clean_up_trial(const SelfUpdateJob& job, SelfUpdateState& state);

}  // namespace gup
