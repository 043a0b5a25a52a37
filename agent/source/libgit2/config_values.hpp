// SPDX-License-Identifier: Apache-2.0
// Values that git refuses where they are not of their kind.
#pragma once

#include <git2.h>

#include "source/gitconfig/config_text.hpp"
#include "util/result.hpp"

namespace gup::git {

// Fails as config_error for the first value of a known boolean or number that is none.
[[nodiscard]] Status check_values(const ConfigValues& values);
// The same for all values of `config`; `known` has the places of the user's.
[[nodiscard]] Status check_values(git_config* config, const ConfigValues& known);

}  // namespace gup::git
