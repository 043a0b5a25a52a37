// SPDX-License-Identifier: Apache-2.0
#include "core/compose/tree/variables.hpp"

namespace gup::compose {

std::optional<std::string> Variables::find(const std::string& name) const {
    if (const auto found = outside_->find(name); found != outside_->end()) {
        used_->insert(*found);
        return found->second;
    }
    const auto found = inside_.find(name);
    return found == inside_.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace gup::compose
