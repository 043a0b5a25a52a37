// Releases that did not come up and were taken back are remembered, so that the next night does not try them again.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/declaration/requirement.hpp"

namespace gup {

// What a release is: its commit and its pins, which are another's where somebody changed the gupfile on the gateway.
struct Release {
    std::string commit;  // 40 digits
    std::vector<Requirement> pins;

    friend bool operator==(const Release&, const Release&) = default;
};

struct QuarantinedRelease {
    Release release;
    std::string reason;      // why it was taken back
    std::int64_t since = 0;  // seconds since the epoch
    bool by_hand = false;    // a person took it back

    friend bool operator==(const QuarantinedRelease&, const QuarantinedRelease&) = default;
};

// The reason of one that a person took back. In status.json, which has no more than the reason, it tells by_hand.
inline constexpr const char* rolled_back_by_hand = "gup-agent rollback asked for it";

// The entry for one that was rolled back because of `reason`; empty: because a person asked for it.
[[nodiscard]] QuarantinedRelease make_quarantined(Release release, const std::string& reason, std::int64_t since);

// So many are remembered of each connector; the oldest go first.
inline constexpr std::size_t quarantine_limit = 5;

// Whether both are the same: the commit, and the pins in any order, their secrets aside.
[[nodiscard]] bool is_same_release(const Release& a, const Release& b);

// The entry that speaks of `target`; nullptr when it may be tried.
[[nodiscard]] const QuarantinedRelease* find_quarantined(const std::vector<QuarantinedRelease>& quarantine,
                                                         const Release& target);

// `quarantine` with `entry` as its first; an older entry of the same release goes.
[[nodiscard]] std::vector<QuarantinedRelease> add_quarantined(std::vector<QuarantinedRelease> quarantine,
                                                              QuarantinedRelease entry);

// `quarantine` without `release`: it was tried again, and came up.
[[nodiscard]] std::vector<QuarantinedRelease> without_release(std::vector<QuarantinedRelease> quarantine,
                                                              const Release& release);

// "e9b167f was rolled back: <reason>": the same every night, so that it is news only once.
[[nodiscard]] std::string display(const QuarantinedRelease& entry);
// What a person can do about it.
[[nodiscard]] std::string quarantine_hint(const std::string& connector);

}  // namespace gup
