// SPDX-License-Identifier: Apache-2.0
// A YAML document as a tree: aliases and merge keys are resolved, scalars have the kind of YAML 1.2's core schema, and
// each node knows where it is written.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/declaration/gupfile.hpp"

namespace gup::yaml {

// The file of a node.
struct Origin {
    std::string file;    // relative to the repository
    std::string folder;  // what relative paths in it begin at; empty: the repository
};

struct Mark {
    std::shared_ptr<const Origin> origin;
    int line = 0;    // from 1
    int column = 0;  // from 1, in bytes
};

enum class Kind : std::uint8_t { null, boolean, integer, real, string, sequence, mapping };

struct Entry;

struct Node {
    Mark mark;
    Kind kind = Kind::null;
    bool is_plain = false;     // a scalar without quotes
    bool is_verbatim = false;  // each byte of `text` is one byte of the file, behind the opening quote if there is one
    std::string tag;           // "!reset", "!override", or empty
    std::string text;          // of a scalar, as written
    std::vector<Node> items;
    std::vector<Entry> entries;  // in the order of the file; each key once

    [[nodiscard]] bool is_scalar() const { return kind < Kind::sequence; }
    [[nodiscard]] bool is_mapping() const { return kind == Kind::mapping; }
    [[nodiscard]] bool is_sequence() const { return kind == Kind::sequence; }
    [[nodiscard]] bool is_null() const { return kind == Kind::null; }

    // Nullptr: there is no such key, or this is no mapping.
    [[nodiscard]] const Node* find(std::string_view key) const;
    [[nodiscard]] Node* find(std::string_view key);
    // Both do nothing to anything else than a mapping.
    void set(std::string_view key, Node value);
    void remove(std::string_view key);
};

struct Entry {
    std::string key;
    Mark mark;  // of the key
    Node value;
};

// "a mapping", "a list", "a number", …
[[nodiscard]] std::string_view name_of(Kind kind) noexcept;

// A node with all that is in it.
struct Cost {
    std::size_t nodes = 0;
    std::size_t bytes = 0;  // of texts and keys
    int height = 0;         // lists and mappings in each other
};
[[nodiscard]] Cost cost_of(const Node& node);

// The kind of a plain scalar.
[[nodiscard]] Kind kind_of_plain(std::string_view text) noexcept;

[[nodiscard]] Problem problem_at(const Mark& mark, Severity severity, std::string message, std::string hint);

// A text of a file, short enough for a message, and safe on a terminal.
[[nodiscard]] std::string shown(std::string_view text);

}  // namespace gup::yaml
