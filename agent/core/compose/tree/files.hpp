// SPDX-License-Identifier: Apache-2.0
// The files of a repository.
#pragma once

#include <optional>
#include <string>

#include "util/result.hpp"

namespace gup::compose {

// Where the repository's files come from: a folder, a commit, an archive.
class Files {
public:
    Files() = default;
    virtual ~Files() = default;
    Files(const Files&) = delete;
    Files& operator=(const Files&) = delete;

    // The content; `path` is relative to the repository and has no "..". Nullopt: there is no such file.
    [[nodiscard]] virtual Result<std::optional<std::string>> read(const std::string& path) const = 0;
    // True for a file or folder.
    [[nodiscard]] virtual bool has(const std::string& path) const = 0;
};

}  // namespace gup::compose
