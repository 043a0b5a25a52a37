// SPDX-License-Identifier: Apache-2.0
// Compose's rules for a file that comes after another one, and for a service that extends another one:
// https://github.com/compose-spec/compose-spec/blob/main/13-merge.md
#pragma once

#include <string_view>
#include <vector>

#include "core/compose/tree/findings.hpp"
#include "core/yaml/node.hpp"

namespace gup::compose {

using TreePath = std::vector<std::string_view>;  // of keys: {"services", "web", "ports"}

// `over` into `base`. !reset removes what `base` says, !override replaces it.
void merge(yaml::Node& base, yaml::Node over, const TreePath& path, Findings& findings);

// Removes what has !reset, and forgets !override.
void apply_tags(yaml::Node& node);

// "K=V" and "K" in a list as a mapping; K without '=' has a null. A mapping stays. The last one of several wins.
// `separator`: '='; for extra_hosts there are two forms.
[[nodiscard]] yaml::Node as_mapping(yaml::Node node);

}  // namespace gup::compose
