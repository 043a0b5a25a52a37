// SPDX-License-Identifier: Apache-2.0
// A virtualenv's interpreter, and why no program can be started with it: found without starting it.
#pragma once

#include <string>

#include "core/observed.hpp"
#include "python/virtualenv.hpp"
#include "util/sys/file.hpp"

namespace gup {

struct FoundInterpreter {
    fs::path program;  // bin/python; bin/python3 where only that exists
    fs::path real;     // empty: its target is missing
    VirtualenvDefect kind = VirtualenvDefect::none;
    std::string defect;
};
[[nodiscard]] FoundInterpreter find_interpreter(const fs::path& virtualenv, const PyvenvConfig& config);

// What the markers of requirements see of a Python on this machine. `full_version`: "3.11.2"; empty: not known.
[[nodiscard]] MarkerEnvironment marker_environment(const std::string& full_version, const std::string& implementation);

}  // namespace gup
