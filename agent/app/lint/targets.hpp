// SPDX-License-Identifier: Apache-2.0
// The declarations and configurations in a file or folder.
#pragma once

#include <cstdint>
#include <vector>

#include "util/result.hpp"
#include "util/sys/file.hpp"

namespace gup {

struct LintTarget {
    enum class Kind : std::uint8_t {
        connector,      // a folder with a declaration
        gupfile,        // a single file, under any name
        requirements,   // a single requirements or lock file
        configuration,  // a gup-agent.toml
        compose,        // a compose file, with those of the same stack
    };
    Kind kind = Kind::connector;
    fs::path path;
};

// Fails with not_found for a path that is missing, and with invalid_input for one with nothing to check.
[[nodiscard]] Result<std::vector<LintTarget>> lint_targets(const fs::path& path);

}  // namespace gup
