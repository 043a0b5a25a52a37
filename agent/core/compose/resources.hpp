// SPDX-License-Identifier: Apache-2.0
// networks, volumes, secrets and configs of the merged model.
#pragma once

#include "core/compose/reading.hpp"

namespace gup::compose {

[[nodiscard]] Network read_network(const yaml::Entry& entry, Reading& reading);
[[nodiscard]] Volume read_volume(const yaml::Entry& entry, Reading& reading);
[[nodiscard]] Content read_content(const yaml::Entry& entry, bool is_secret, Reading& reading);

}  // namespace gup::compose
