// SPDX-License-Identifier: Apache-2.0
// A gupfile for a folder that has none, from what declares or holds its packages.
#pragma once

#include <string>
#include <vector>

#include "util/result.hpp"
#include "util/sys/file.hpp"

namespace gup {

struct InitRequest {
    fs::path folder;  // of the connector
    fs::path from;    // a requirements or lock file, a pyproject.toml or a virtualenv; empty: what the folder has
};

struct InitResult {
    std::string text;                // of the gupfile
    std::string source;              // where its pins are from; empty: nothing was there
    std::vector<std::string> notes;  // what a person has to do, in sentences
};

// Fails with conflict when the folder has a gupfile, and with invalid_input when `from` is of no known kind, or is missing
// while the folder has several sources. Writes nothing.
[[nodiscard]] Result<InitResult> make_gupfile(const InitRequest& request);

// Writes the file at once and whole, and never over another one.
[[nodiscard]] Status write_new_gupfile(const fs::path& folder, const std::string& text);

}  // namespace gup
