// SPDX-License-Identifier: Apache-2.0
// The variables GUP_… of the environment: each key of the configuration has one.
#pragma once

#include "app/config/config.hpp"

namespace gup {

// Sets the keys that variables name. A wrong value is a problem; a variable GUP_… that no key and no part of the agent has
// is a warning: it may be of another program, and must not end the nights of a gateway.
void read_environment(LenientConfig& loaded, const ConfigSources& sources);

}  // namespace gup
