// SPDX-License-Identifier: Apache-2.0
// Releases that failed and were rolled back are remembered, so that the next night does not try them again.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/declaration/requirement.hpp"

namespace gup {

// Identifies a release: its commit, its pins, and the operator's settings for its containers. The pins differ from the
// commit's if a person changed the gupfile on the gateway.
struct Release {
    std::string commit;  // 40 digits
    std::vector<Requirement> pins;
    std::string settings{};  // see ObservedStacks::settings; with another one it may be tried again

    friend bool operator==(const Release&, const Release&) = default;
};

struct QuarantinedRelease {
    Release release;
    std::string reason;             // why it was rolled back
    std::int64_t since = 0;         // seconds since the epoch
    bool by_hand = false;           // a person took it back
    bool is_of_containers = false;  // its commit ran before, and runs on: only settings or images failed

    friend bool operator==(const QuarantinedRelease&, const QuarantinedRelease&) = default;
};

// The reason of a release that a person rolled back. In status.json, which has no more than the reason, it tells
// by_hand.
inline constexpr const char* rolled_back_by_hand = "gup-agent rollback asked for it";

// The entry for one that was rolled back because of `reason`; empty: because a person asked for it.
[[nodiscard]] QuarantinedRelease make_quarantined(Release release, const std::string& reason, std::int64_t since);

// So many are remembered for each connector; the oldest are dropped first.
inline constexpr std::size_t quarantine_limit = 5;

// True when both have the same commit and the same pins, in any order and without secrets, and the same settings.
[[nodiscard]] bool is_same_release(const Release& a, const Release& b);

// The entry for `target`; nullptr if it may be tried. What a person took back stays so with other settings.
[[nodiscard]] const QuarantinedRelease* find_quarantined(const std::vector<QuarantinedRelease>& quarantine,
                                                         const Release& target);
// True when code and pins failed, with any settings.
[[nodiscard]] bool is_quarantined(const std::vector<QuarantinedRelease>& quarantine, const Release& target);

// `quarantine` with `entry` as the first; removes an older entry of the same release.
[[nodiscard]] std::vector<QuarantinedRelease> add_quarantined(std::vector<QuarantinedRelease> quarantine,
                                                              QuarantinedRelease entry);

// `quarantine` without `release`, which was tried again successfully, with any settings.
[[nodiscard]] std::vector<QuarantinedRelease> without_release(std::vector<QuarantinedRelease> quarantine,
                                                              const Release& release);

// "e9b167f was rolled back: <reason>": the same text every night, so that it is news only once.
[[nodiscard]] std::string display(const QuarantinedRelease& entry);
// A hint for a person.
[[nodiscard]] std::string quarantine_hint(const QuarantinedRelease& entry, const std::string& connector);

}  // namespace gup
