// SPDX-License-Identifier: Apache-2.0
// The keys of [[connector]] for its stacks.
#pragma once

#include <string>
#include <vector>

#include "app/config/config_keys.hpp"
#include "core/stack/stack_settings.hpp"
#include "util/result.hpp"

namespace gup {

// Each sets one value. They fail with invalid_input, without the key's name, and with not_found for a file that is not
// there. `folder`: the base of relative paths.
[[nodiscard]] Status set_containers(StackSettings& stacks, const ConfigValue& value);
[[nodiscard]] Status set_allowed_powers(StackSettings& stacks, const ConfigValue& value);
[[nodiscard]] Status set_stack_profiles(StackSettings& stacks, const ConfigValue& value);
// "NAME=value", before those of the file.
[[nodiscard]] Status set_stack_variables(StackSettings& stacks, const ConfigValue& value);
// A JSON object; numbers and flags become texts.
[[nodiscard]] Status set_variables_file(StackSettings& stacks, const ConfigValue& value, const fs::path& folder);
// The same; nobody but its owner may read the file.
[[nodiscard]] Status set_secrets_file(StackSettings& stacks, const ConfigValue& value, const fs::path& folder);

}  // namespace gup
