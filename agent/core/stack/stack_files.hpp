// SPDX-License-Identifier: Apache-2.0
// The files of one revision, as the compose reader asks for them: of a commit, or of a folder.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/compose/load.hpp"
#include "core/selection/code_path.hpp"
#include "util/result.hpp"

namespace gup {

class StackFiles final : public compose::Files {
public:
    // The content of a path, of which it is known that it is there.
    using Reader = std::function<Result<std::optional<std::string>>(const std::string& path)>;

    // What a link leads to, of a path that the revision does not have; empty: it is no link.
    using OtherLinks = std::function<std::string(const std::string& path)>;

    // `paths`: all files, relative to the repository, without folders.
    StackFiles(std::vector<CodePath> paths, Reader reader, OtherLinks others = {});

    // `path` without links. A link that leaves the repository gives an absolute path, or one that begins with "../".
    [[nodiscard]] std::string follow(const std::string& path) const;
    // Links are followed. Fails with invalid_input for one that leaves the repository.
    [[nodiscard]] Result<std::optional<std::string>> read(const std::string& path) const override;
    [[nodiscard]] bool has(const std::string& path) const override;

    // The names of the folders in `folder`, and of links to folders.
    [[nodiscard]] std::vector<std::string> folders_in(const std::string& folder) const;
    // SHA-256 of a file, or of all files below a folder with their names; 64 hexadecimal digits. Nothing there: empty.
    [[nodiscard]] Result<std::string> digest(const std::string& path) const;

private:
    [[nodiscard]] std::string link_at(const std::string& path) const;
    [[nodiscard]] bool has_file(const std::string& path) const;
    [[nodiscard]] bool has_folder(const std::string& path) const;

    std::vector<std::string> paths_;  // sorted
    std::map<std::string, std::string> links_;
    Reader reader_;
    OtherLinks others_;
};

// True for what StackFiles::follow gives for a link that leaves the repository.
[[nodiscard]] bool leaves_repository(const std::string& followed);

}  // namespace gup
