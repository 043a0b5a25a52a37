// A new virtualenv.
#pragma once

#include <string>

#include "python/installer/installer.hpp"
#include "util/result.hpp"

namespace gup {

// python3 -m venv. `prompt`: the name that its activate shows; empty: the folder's name. Fails with the last line of
// its output.
[[nodiscard]] Status create_virtualenv(const fs::path& path, const std::string& python,
                                       const InstallerSettings& settings, const std::string& prompt = {});

}  // namespace gup
