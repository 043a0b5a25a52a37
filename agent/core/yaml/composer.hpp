// SPDX-License-Identifier: Apache-2.0
// Reads a YAML text of one document.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "core/declaration/gupfile.hpp"
#include "core/yaml/node.hpp"

namespace gup::yaml {

inline constexpr std::size_t file_limit = 1U << 20U;  // bytes of a file
inline constexpr int depth_limit = 64;                // mappings and lists in each other
inline constexpr std::size_t node_limit = 100'000;  // scalars, lists and mappings, an alias with all that it stands for

// What is left for the files of one project. An alias costs as much as what it stands for.
struct Budget {
    std::size_t nodes = node_limit;
    std::size_t bytes = std::size_t{16} << 20U;  // of the texts of scalars
    std::size_t copies = node_limit;             // nodes with an anchor, with all that is in them

    // False: there is not enough left.
    [[nodiscard]] bool take(std::size_t more_nodes, std::size_t more_bytes);
};

struct Composed {
    std::optional<Node> root;  // a null for an empty file; nullopt: there is an error
    std::vector<Problem> problems;
};

// Refuses, with the place: what is no UTF-8, a NUL, syntax errors, several documents, the same key twice in a mapping, keys
// that are no scalars, tags that compose does not know, unknown anchors, and more than the limits.
[[nodiscard]] Composed compose(std::string_view text, const std::shared_ptr<const Origin>& origin, Budget& budget);

}  // namespace gup::yaml
