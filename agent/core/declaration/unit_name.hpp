// Names of systemd's units (systemd.unit(5)).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace gup {

// The unit that `text` means, as systemctl would understand it: "smart-meter" is "smart-meter.service". nullopt when no
// unit has such a name: patterns, options, and templates without an instance too.
[[nodiscard]] std::optional<std::string> unit_name(std::string_view text);

}  // namespace gup
