// SPDX-License-Identifier: Apache-2.0
// All files of a configuration, with the files that they include.
#pragma once

#include <optional>

#include "source/gitconfig/config_places.hpp"

namespace gup::git {

// Of a repository whose own configuration is read, and for the conditions of includeIf.
struct ConfigRepository {
    fs::path git_folder;     // of this work tree
    fs::path common_folder;  // with config
    bool wants_own = true;   // its own values, too; without, only those of the user
};

// System, user, repository, work tree, command line: the strongest last. A missing file is empty, and one in the user's
// home that may not be read. Fails with invalid_input for a mistake, with permission or io for another file that cannot be
// read; the message names the file, and the line where there is one.
[[nodiscard]] Result<ConfigValues> read_config(const ConfigPlaces& places,
                                               const std::optional<ConfigRepository>& repository);

}  // namespace gup::git
