// SPDX-License-Identifier: Apache-2.0
// JSON on standard output.
#pragma once

#include <nlohmann/json_fwd.hpp>

namespace gup {

// The version of all JSON that this program prints (docs/json.md).
inline constexpr int json_schema = 1;

// One value on one line; bytes that are not UTF-8 are replaced.
void print_json(const nlohmann::json& value);

}  // namespace gup
