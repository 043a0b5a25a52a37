// SPDX-License-Identifier: Apache-2.0
// A new virtualenv.
#pragma once

#include <string>

#include "python/installer/installer.hpp"
#include "util/result.hpp"

namespace gup {

struct NewVirtualenv {
    std::string prompt{};  // the name that its activate shows; empty: the folder's name
    bool sees_system = false;
};

// python3 -m venv. Fails with the last line of its output.
[[nodiscard]] Status create_virtualenv(const fs::path& path, const std::string& python,
                                       const InstallerSettings& settings, const NewVirtualenv& wanted = {});

}  // namespace gup
