// SPDX-License-Identifier: Apache-2.0
// How the agent updates itself (docs/self-update.md):
//   check_manifest  looks for a manifest, signed by one of our keys, that offers a newer version
//   stage_agent     downloads and verifies its file, stages it next to the installed agent, and runs its self-test
//   begin_trial     records a try and hands the run over to the staged agent
//   finish_trial    after a finished run: installs the new agent
// Until then the installed name belongs to the agent that is known to work, so nothing is needed to restore it.
#pragma once

#include <cstdint>
#include <functional>
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
    std::vector<std::string> arguments;  // arguments that give a new agent the same configuration
    RetryPolicy retry;
    // Called for each step ("downloading version 0.2.0"), with the bytes that it has received. May be empty.
    std::function<void(const std::string& step, std::uint64_t bytes)> progress = {};

    void tell(const std::string& step, std::uint64_t bytes = 0) const {
        if (progress) progress(step, bytes);
    }
};

// Tells a new agent that it is started or tested on behalf of the agent of that path.
inline constexpr const char* stand_in_variable = "GUP_STANDS_IN_FOR";

// A new agent may start so many runs without finishing one.
inline constexpr int trial_starts = 3;

}  // namespace gup
