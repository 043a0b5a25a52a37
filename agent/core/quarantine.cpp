// SPDX-License-Identifier: Apache-2.0
#include "core/quarantine.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "core/plan.hpp"
#include "core/short_id.hpp"

namespace gup {
namespace {

using Pins = std::vector<Requirement>;

Pins by_name(Pins pins) {
    std::stable_sort(pins.begin(), pins.end(), [](const Requirement& a, const Requirement& b) {
        return std::pair(normalized_name(a.name), a.marker) < std::pair(normalized_name(b.name), b.marker);
    });
    return pins;
}

bool are_same_pins(const Pins& one, const Pins& other) {
    if (one.size() != other.size()) return false;
    const Pins a = by_name(one);
    const Pins b = by_name(other);
    return std::equal(a.begin(), a.end(), b.begin(), is_same_requirement);
}

bool is_same_code(const Release& a, const Release& b) {
    return a.commit == b.commit && are_same_pins(a.pins, b.pins);
}

}  // namespace

QuarantinedRelease make_quarantined(Release release, const std::string& reason, std::int64_t since) {
    const bool by_hand = reason.empty();
    return {std::move(release), by_hand ? rolled_back_by_hand : reason, since, by_hand, false};
}

bool is_same_release(const Release& a, const Release& b) {
    return is_same_code(a, b) && a.settings == b.settings;
}

const QuarantinedRelease* find_quarantined(const std::vector<QuarantinedRelease>& quarantine, const Release& target) {
    const auto found = std::find_if(quarantine.begin(), quarantine.end(), [&](const QuarantinedRelease& entry) {
        const bool is_any = entry.by_hand && !entry.is_of_containers;
        return is_any ? is_same_code(entry.release, target) : is_same_release(entry.release, target);
    });
    return found == quarantine.end() ? nullptr : &*found;
}

bool is_quarantined(const std::vector<QuarantinedRelease>& quarantine, const Release& target) {
    return std::ranges::any_of(quarantine, [&](const QuarantinedRelease& entry) {
        return !entry.is_of_containers && is_same_code(entry.release, target);
    });
}

std::vector<QuarantinedRelease> add_quarantined(std::vector<QuarantinedRelease> quarantine, QuarantinedRelease entry) {
    std::erase_if(quarantine,
                  [&](const QuarantinedRelease& other) { return is_same_release(other.release, entry.release); });
    quarantine.insert(quarantine.begin(), std::move(entry));
    if (quarantine.size() > quarantine_limit) quarantine.resize(quarantine_limit);
    return quarantine;
}

std::vector<QuarantinedRelease> without_release(std::vector<QuarantinedRelease> quarantine, const Release& release) {
    std::erase_if(quarantine, [&](const QuarantinedRelease& entry) { return is_same_code(entry.release, release); });
    return quarantine;
}

std::string display(const QuarantinedRelease& entry) {
    return fmt::format("{} was rolled back: {}",
                       entry.is_of_containers ? "another state of its containers" : short_id(entry.release.commit),
                       entry.reason);
}

std::string quarantine_hint(const QuarantinedRelease& entry, const std::string& connector) {
    if (entry.is_of_containers) {
        return fmt::format(
            "it is skipped until a setting, an image or the release changes; gup-agent now --retry {} "
            "tries it at once",
            connector);
    }
    return fmt::format("it is skipped until a newer release appears; gup-agent now --retry {} tries it at once",
                       connector);
}

}  // namespace gup
