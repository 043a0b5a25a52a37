// SPDX-License-Identifier: Apache-2.0
// What containers mount of the repository, once links are followed.
#pragma once

#include "core/stack/stack_set.hpp"

namespace gup {

// podman follows links as root or as the user when a container starts, so a link of the repository could lead anywhere.
// Here each mount gets the place that its links lead to: one outside of the repository is one of the gateway's, and needs
// a permission. So does one whose place may change later: it is in what another container writes, or root mounts what
// belongs to another user. A config's file becomes its content, which the units' folder keeps.
void settle_mounts(StackSources& sources, const StackFiles& files, const StackFacts& facts);

}  // namespace gup
