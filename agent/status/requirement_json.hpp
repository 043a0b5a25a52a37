// SPDX-License-Identifier: Apache-2.0
// A requirement in status.json and generation.json: enough to know it again. docs/json.md has the members.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "core/declaration/requirement.hpp"

namespace gup {

enum class HashesIn : std::uint8_t { left_out, written };

// An object with name, version and source, secrets masked; other members only where they say something.
[[nodiscard]] nlohmann::json requirement_json(const Requirement& requirement, HashesIn hashes = HashesIn::left_out);
// The inverse. Missing members are empty.
[[nodiscard]] Requirement requirement_from_json(const nlohmann::json& json);

}  // namespace gup
