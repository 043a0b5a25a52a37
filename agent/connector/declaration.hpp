// SPDX-License-Identifier: Apache-2.0
// Reads a connector's declaration from where its code is: a folder, a commit, a source's files.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "connector/settings.hpp"
#include "core/requirements/read_declaration.hpp"
#include "host/owner.hpp"
#include "source/code_tree.hpp"
#include "source/git/repository.hpp"
#include "util/result.hpp"
#include "util/sys/file.hpp"

namespace gup {

// Lock files as requirements files, by the SHA-256 of the lock and its project. A lock is exported once: its text is kept
// in <root>/.gup/<name>/exported.
using ExportedLocks = std::map<std::string, std::string>;

// What reading the declaration of one connector depends on.
struct DeclarationPlace {
    DeclarationOptions options;
    fs::path own_folder;  // <root>/.gup/<name>: has the gupfile of a repository without one, and exported locks
    InstallerSettings installer;
    // The texts that were used in this run. The copies of a place share them.
    std::shared_ptr<ExportedLocks> exported = std::make_shared<ExportedLocks>();
};

[[nodiscard]] DeclarationPlace declaration_place(const ScanSettings& settings, const std::string& name,
                                                 const Owner& owner);

// Fail when the gupfile cannot be read. A missing one is empty. As the connector's owner.
[[nodiscard]] Result<Declaration> declaration_in(const fs::path& folder, const DeclarationPlace& place);
[[nodiscard]] Result<Declaration> declaration_at(const GitRepository& repository, const std::string& commit,
                                                 const DeclarationPlace& place);
[[nodiscard]] Result<Declaration> declaration_of(const CodeTree& tree, const DeclarationPlace& place);

// Whether a file of `declaration` has another content at `commit`, or none there. True when it is not usable.
[[nodiscard]] Result<bool> differs_at(const GitRepository& repository, const std::string& commit,
                                      const Declaration& declaration, const DeclarationPlace& place);

// Keeps the exported locks that were used, and removes the others. A failure goes to the log: the next run exports again.
void keep_exported(const DeclarationPlace& place, const fs::path& root, const Owner& owner);

// The gupfile that a connector has where its repository has none. `requirements`: the chosen file, or empty.
[[nodiscard]] fs::path own_gupfile(const fs::path& own_folder);
[[nodiscard]] std::string own_gupfile_text(const std::string& requirements);

}  // namespace gup
