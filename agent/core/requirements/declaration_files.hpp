// SPDX-License-Identifier: Apache-2.0
// The files of a declaration, as its parsers ask for them.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "util/result.hpp"

namespace gup {

// Where a declaration's files come from.
class DeclarationFiles {
public:
    DeclarationFiles() = default;
    virtual ~DeclarationFiles() = default;
    DeclarationFiles(const DeclarationFiles&) = delete;
    DeclarationFiles& operator=(const DeclarationFiles&) = delete;
    DeclarationFiles(DeclarationFiles&&) = delete;
    DeclarationFiles& operator=(DeclarationFiles&&) = delete;

    // The file's content. `path` is relative to the connector's folder, and stays inside by its names; a link that leads
    // out is an error. Nullopt: there is no such file, or it is a folder.
    [[nodiscard]] virtual Result<std::optional<std::string>> read(const std::string& path) const = 0;

    // The packages of a uv.lock or poetry.lock in the form of a requirements.txt. The error's hint says what else is
    // possible.
    [[nodiscard]] virtual Result<std::string> export_lock(const std::string& lock) const = 0;
};

// The content of files, by their paths.
using DeclarationTexts = std::map<std::string, std::string>;

}  // namespace gup
