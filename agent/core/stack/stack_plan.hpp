// SPDX-License-Identifier: Apache-2.0
// What another set of stacks changes. Pure.
#pragma once

#include <string>
#include <vector>

#include "core/stack/stack_record.hpp"

namespace gup {

struct StackChange {
    std::string stack;
    std::vector<std::string> reasons;  // "services/gw/compose.yaml", "variable TAG", "image eclipse-mosquitto:2"
    bool is_new = false;
    bool is_removed = false;
};

struct StackPlan {
    std::vector<StackChange> changes;   // sorted by stack
    std::vector<std::string> restart;   // units that are new or changed
    std::vector<std::string> stop;      // units that are no longer there
    std::vector<std::string> networks;  // explicit networks of podman that must be made again
    [[nodiscard]] bool empty() const { return changes.empty() && restart.empty() && stop.empty(); }
};

[[nodiscard]] StackPlan plan_stacks(const StackRecord& running, const StackRecord& next);

// "gw (services/gw/compose.yaml), db (new), old (removed)"
[[nodiscard]] std::string display(const StackPlan& plan);

}  // namespace gup
