// SPDX-License-Identifier: Apache-2.0
// The files of a declaration in a folder of this machine, for their author. No program is started for a lock file.
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "core/requirements/declaration_files.hpp"
#include "util/sys/file.hpp"

namespace gup {

class FolderFiles : public DeclarationFiles {
public:
    explicit FolderFiles(fs::path folder) : folder_(std::move(folder)) {}

    [[nodiscard]] Result<std::optional<std::string>> read(const std::string& path) const override;
    // Nothing: only uv can read it.
    [[nodiscard]] Result<std::string> export_lock(const std::string& lock) const override;

private:
    [[nodiscard]] bool leads_out(const fs::path& file) const;

    fs::path folder_;
};

// The same without its gupfile: for one requirements file.
class FilesWithoutGupfile : public FolderFiles {
public:
    using FolderFiles::FolderFiles;
    [[nodiscard]] Result<std::optional<std::string>> read(const std::string& path) const override;
};

}  // namespace gup
