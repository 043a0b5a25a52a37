#include "core/quarantine.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "core/plan.hpp"
#include "core/short_id.hpp"
#include "util/url.hpp"

namespace gup {
namespace {

using PinKey = std::tuple<std::string, std::string, std::string>;

std::vector<PinKey> pin_keys(const std::vector<Requirement>& pins) {
    std::vector<PinKey> keys;
    keys.reserve(pins.size());
    for (const Requirement& pin : pins) {
        keys.emplace_back(normalized_name(pin.name), pin.version, mask_secrets(pin.source));
    }
    std::sort(keys.begin(), keys.end());
    return keys;
}

}  // namespace

QuarantinedRelease make_quarantined(Release release, const std::string& reason, std::int64_t since) {
    const bool by_hand = reason.empty();
    return {std::move(release), by_hand ? rolled_back_by_hand : reason, since, by_hand};
}

bool is_same_release(const Release& a, const Release& b) {
    return a.commit == b.commit && a.pins.size() == b.pins.size() && pin_keys(a.pins) == pin_keys(b.pins);
}

const QuarantinedRelease* find_quarantined(const std::vector<QuarantinedRelease>& quarantine, const Release& target) {
    const auto found = std::find_if(quarantine.begin(), quarantine.end(), [&](const QuarantinedRelease& entry) {
        return is_same_release(entry.release, target);
    });
    return found == quarantine.end() ? nullptr : &*found;
}

std::vector<QuarantinedRelease> add_quarantined(std::vector<QuarantinedRelease> quarantine, QuarantinedRelease entry) {
    quarantine = without_release(std::move(quarantine), entry.release);
    quarantine.insert(quarantine.begin(), std::move(entry));
    if (quarantine.size() > quarantine_limit) quarantine.resize(quarantine_limit);
    return quarantine;
}

std::vector<QuarantinedRelease> without_release(std::vector<QuarantinedRelease> quarantine, const Release& release) {
    std::erase_if(quarantine, [&](const QuarantinedRelease& entry) { return is_same_release(entry.release, release); });
    return quarantine;
}

std::string display(const QuarantinedRelease& entry) {
    return fmt::format("{} was rolled back: {}", short_id(entry.release.commit), entry.reason);
}

std::string quarantine_hint(const std::string& connector) {
    return fmt::format("it is skipped until a newer release appears; gup-agent now --retry {} tries it at once",
                       connector);
}

}  // namespace gup
