// SPDX-License-Identifier: Apache-2.0
// How a container starts, stays healthy, starts again and stops.
#pragma once

#include "core/quadlet/container_sheet.hpp"

namespace gup::quadlet {

// What others of the project expect of a service.
struct Expected {
    bool is_oneshot = false;  // its end is waited for, or a label says so
    bool has_health = false;  // "active" means healthy
};
[[nodiscard]] Expected expected_of(const compose::Project& project, const Facts& facts,
                                   const compose::Service& service);

void add_dependencies(ContainerSheet& sheet);
void add_health(ContainerSheet& sheet, const Expected& expected);
void add_restart(ContainerSheet& sheet, const Expected& expected);
void add_stop(ContainerSheet& sheet);
// post_start and pre_stop: commands in the container.
void add_hooks(ContainerSheet& sheet);

}  // namespace gup::quadlet
