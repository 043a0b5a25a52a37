// SPDX-License-Identifier: Apache-2.0
// The .network, .volume and .build files of a project.
#pragma once

#include "core/quadlet/render.hpp"

namespace gup::quadlet {

// Appends files, units, networks, volumes, powers and problems to `set`. External ones get no file.
void add_network_units(UnitSet& set, const compose::Project& project, const Facts& facts);
void add_volume_units(UnitSet& set, const compose::Project& project, const Facts& facts);
void add_build_unit(UnitSet& set, const compose::Project& project, const Facts& facts, const compose::Service& service);

// The first line of each file.
[[nodiscard]] std::string made_by(const Facts& facts, const compose::Place& place);

}  // namespace gup::quadlet
