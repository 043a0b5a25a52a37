// SPDX-License-Identifier: Apache-2.0
// The files of a folder as a release gets them: without those of its repository, without a virtualenv and a release's
// record, and without links to persisted paths.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "core/selection/code_selection.hpp"
#include "source/code_tree.hpp"
#include "util/result.hpp"
#include "util/sys/file.hpp"

namespace gup {

// Calls `visit` for each of them that the selection has, each folder before its content. Paths are relative.
using VisitCode = std::function<Status(const std::string& path, const FileInfo& info)>;
[[nodiscard]] Status visit_code(const fs::path& folder, const CodeSelection& selection, const VisitCode& visit);

// Of a source, `exclude` of its gupfile and its .gitattributes leave out files. A release has all of its own.
enum class FolderUse : std::uint8_t { source, release };

// Fails with unsupported for a link that leaves the folder, and as select_code does.
[[nodiscard]] Result<std::shared_ptr<const CodeTree>> open_folder(const fs::path& folder, FolderUse use);

}  // namespace gup
