#include "core/held_pins.hpp"

#include <algorithm>
#include <iterator>

#include "util/url.hpp"

namespace gup {

bool holds_back(const HeldPin& held, const Requirement& pin) {
    return is_same_name(held.requirement.name, pin.name) && held.requirement.version == pin.version &&
           mask_secrets(held.requirement.source) == mask_secrets(pin.source);
}

std::vector<HeldPin> in_force(const std::vector<HeldPin>& held, std::int64_t now) {
    std::vector<HeldPin> result;
    std::copy_if(held.begin(), held.end(), std::back_inserter(result),
                 [now](const HeldPin& pin) { return now - pin.since < held_pin_patience; });
    return result;
}

}  // namespace gup
