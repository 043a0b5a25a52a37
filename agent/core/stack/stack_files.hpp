// SPDX-License-Identifier: Apache-2.0
// The files of one revision, as the compose reader asks for them: of a commit, or of a folder.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/compose/load.hpp"
#include "util/result.hpp"

namespace gup {

class StackFiles final : public compose::Files {
public:
    // The content of a path, of which it is known that it is there.
    using Reader = std::function<Result<std::optional<std::string>>(const std::string& path)>;

    // `paths`: all files, relative to the repository, without folders.
    StackFiles(std::vector<std::string> paths, Reader reader);

    [[nodiscard]] Result<std::optional<std::string>> read(const std::string& path) const override;
    [[nodiscard]] bool has(const std::string& path) const override;

    // The names of the folders in `folder`, sorted.
    [[nodiscard]] std::vector<std::string> folders_in(const std::string& folder) const;
    // SHA-256 of a file, or of all files below a folder with their names; 64 hexadecimal digits. Nothing there: empty.
    [[nodiscard]] Result<std::string> digest(const std::string& path) const;

private:
    std::vector<std::string> paths_;  // sorted
    Reader reader_;
};

}  // namespace gup
