// SPDX-License-Identifier: Apache-2.0
// Taking packages out of a virtualenv.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/observed.hpp"
#include "python/installer/installer.hpp"
#include "util/result.hpp"

namespace gup {

// One call of uv or pip. `names` are removed together. Fails with the installer's last line, or when there is none to call.
[[nodiscard]] Status uninstall(const ObservedVirtualenv& virtualenv, const std::vector<std::string>& names,
                               const InstallerSettings& settings,
                               const std::function<void(std::string_view line)>& on_line);

}  // namespace gup
