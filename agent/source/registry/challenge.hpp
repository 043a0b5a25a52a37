// SPDX-License-Identifier: Apache-2.0
// The WWW-Authenticate headers of a refusal (RFC 9110, section 11.6.1).
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "util/http/http.hpp"

namespace gup::detail {

struct Challenge {
    std::string scheme;                             // in lower case: "bearer", "basic"
    std::map<std::string, std::string> parameters;  // names in lower case

    // Empty when there is none of that name.
    [[nodiscard]] std::string parameter(const std::string& name) const;
};

// In their order. A part that cannot be read ends its header.
[[nodiscard]] std::vector<Challenge> challenges_of(const HttpHead& head);
[[nodiscard]] std::vector<Challenge> parse_challenges(std::string_view header);

}  // namespace gup::detail
