// SPDX-License-Identifier: Apache-2.0
// The programs of the repository that a gupfile names.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/declaration/gupfile.hpp"
#include "core/declaration/gupfile_pin.hpp"
#include "util/sys/file.hpp"

namespace gup {

struct FileMistake {
    Severity severity = Severity::error;
    detail::Place place;  // of the key that names it
    std::string message;
    std::string hint;
};

// Hooks, the health command and update.ready that are missing in `folder`, are no files, may not be executed, or whose
// first line has a mistake. `text` is the gupfile's.
[[nodiscard]] std::vector<FileMistake> file_mistakes(const Gupfile& gupfile, std::string_view text,
                                                     const fs::path& folder);

// The place of "hooks.pre-update" in a gupfile; the first line if the key is not there.
[[nodiscard]] detail::Place place_of_key(std::string_view text, std::string_view key);

}  // namespace gup
