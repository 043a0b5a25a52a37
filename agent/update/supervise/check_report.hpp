// SPDX-License-Identifier: Apache-2.0
// From a decision to what `check` says of it.
#pragma once

#include "connector/observe.hpp"
#include "update/decide.hpp"
#include "update/supervise/check.hpp"

namespace gup {

struct Preview {
    Observation observation;
    Decision decision;
};

[[nodiscard]] CheckReport make_check_report(const Preview& preview);
[[nodiscard]] CheckReport failed_check(const std::string& connector, const Error& error);

[[nodiscard]] nlohmann::json check_message(const CheckReport& report);
[[nodiscard]] CheckReport check_from_message(const nlohmann::json& value);

}  // namespace gup
