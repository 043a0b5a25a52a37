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

}  // namespace gup
