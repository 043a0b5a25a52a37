// SPDX-License-Identifier: Apache-2.0
// Base64 (RFC 4648, section 4).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace gup {

// With or without padding; nullopt for anything else.
[[nodiscard]] std::optional<std::string> base64_decoded(std::string_view text);

}  // namespace gup
