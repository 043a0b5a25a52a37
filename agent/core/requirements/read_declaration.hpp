// SPDX-License-Identifier: Apache-2.0
// A connector's whole declaration: its gupfile, and the requirements or lock file with its packages. Files come from the
// caller, as they are in a folder, in a commit or in an archive.
#pragma once

#include <string>

#include "core/declaration/gupfile.hpp"
#include "core/declaration/requirement.hpp"
#include "core/requirements/declaration_files.hpp"
#include "util/result.hpp"

namespace gup {

struct DeclarationOptions {
    RequirementRules rules;
    std::string requirements;  // the operator's choice, before that of the gupfile; empty: none
    bool may_find = false;     // without a gupfile, the only file of `requirement_candidates` is taken
};

struct Declaration {
    Gupfile gupfile;         // `pins` are all its requirements; its own problems, and those of the other files
    DeclarationTexts texts;  // of all files that were read: while they are the same, the declaration is the same

    [[nodiscard]] bool has_gupfile() const { return texts.contains(gupfile_name); }
};

// Reads the gupfile, and the file that declares the packages. Fails only when the gupfile itself could not be read; every
// other mistake is a problem of `gupfile`. A pin of the gupfile replaces the file's requirements of that name.
[[nodiscard]] Result<Declaration> read_declaration(const DeclarationFiles& files, const DeclarationOptions& options);

}  // namespace gup
