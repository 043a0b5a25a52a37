// SPDX-License-Identifier: Apache-2.0
// Which files of a revision a release gets.
#pragma once

#include "core/selection/code_selection.hpp"
#include "source/code_tree.hpp"
#include "util/result.hpp"

namespace gup {

// Adds `exclude` of the tree's gupfile to a selection that has its attributes, and keeps the files that declare its packages.
// Fails with invalid_input when .gitattributes leave out a hook or another program that the gupfile names.
[[nodiscard]] Status select_code(CodeSelection& selection, const CodeTree& tree);

}  // namespace gup
