// SPDX-License-Identifier: Apache-2.0
// What all readers of a project share.
#pragma once

#include <set>
#include <string>

#include "core/compose/load.hpp"
#include "core/compose/tree/findings.hpp"
#include "core/compose/tree/values.hpp"
#include "core/compose/tree/variables.hpp"
#include "core/yaml/node.hpp"

namespace gup::compose {

struct Reading {
    const Files& files;
    const LoadOptions& options;
    const Variables& variables;
    std::set<std::string>& inputs;
    Findings& findings;
};

[[nodiscard]] Place place_of_mark(const yaml::Mark& mark);

void error_at(const Place& place, std::string message, std::string hint, Findings& findings);

// x-quadlet: lines for the units, as they are.
[[nodiscard]] RawSections quadlet_sections(const yaml::Node& node, Findings& findings);

}  // namespace gup::compose
