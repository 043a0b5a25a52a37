// SPDX-License-Identifier: Apache-2.0
// A report of lint as SARIF 2.1.0 (OASIS), for code hosts and CI.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string_view>

#include "app/lint/lint.hpp"

namespace gup {

[[nodiscard]] nlohmann::json sarif_of(const LintReport& report, std::string_view version);

}  // namespace gup
