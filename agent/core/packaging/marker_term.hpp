// SPDX-License-Identifier: Apache-2.0
// The terms of a marker, and their reader.
#pragma once

#include <string>
#include <vector>

#include "core/packaging/dependency_cursor.hpp"

namespace gup {

// No marker of a person is deeper; packaging has the same limit.
inline constexpr int deepest_marker = 200;

struct MarkerOperand {
    enum class Kind : bool { literal, variable };
    Kind kind = Kind::literal;
    std::string text;  // the value, or the variable's name with '_'

    [[nodiscard]] bool is_variable() const noexcept { return kind == Kind::variable; }
};

// A comparison, or a group in parentheses. "and" binds tighter than "or".
struct MarkerTerm {
    bool follows_or = false;        // the word before it is "or"; else "and", or it is the first
    std::vector<MarkerTerm> group;  // empty: a comparison
    MarkerOperand left;
    std::string op;  // "==", "not in", …
    MarkerOperand right;
};

// Reads terms up to the first other text. False after cursor.fail().
[[nodiscard]] bool take_marker_terms(DependencyCursor& cursor, std::vector<MarkerTerm>& terms, int depth = 0);

// "extras", "dependency_groups".
[[nodiscard]] bool is_marker_set(const MarkerOperand& operand);

}  // namespace gup
