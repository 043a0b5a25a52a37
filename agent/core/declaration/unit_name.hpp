// SPDX-License-Identifier: Apache-2.0
// Names of systemd's units (systemd.unit(5)).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace gup {

// The unit that systemctl would understand by `text`: "smart-meter" is "smart-meter.service". Nullopt for names that no
// unit can have, such as patterns, options, and templates without an instance.
[[nodiscard]] std::optional<std::string> unit_name(std::string_view text);

// What to write instead of a text that is no unit's name. A template needs an instance.
[[nodiscard]] std::string unit_name_hint(std::string_view text);

}  // namespace gup
