// SPDX-License-Identifier: Apache-2.0
// Variables in a text: $V, ${V}, ${V:-default}, ${V-default}, ${V:?message}, ${V?message}, ${V:+other}, ${V+other}, and $$ for
// a $. Defaults and others may have variables themselves.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gup::compose {

// Nullopt: it is unset.
using VariableLookup = std::function<std::optional<std::string>(const std::string& name)>;

struct TextFlaw {
    std::size_t offset = 0;  // in the text
    std::string message;
    std::string hint;
};

struct UnsetUse {
    std::size_t offset = 0;
    std::string name;
};

struct Interpolated {
    std::string text;             // unset variables are empty
    std::vector<UnsetUse> unset;  // used without a default
    std::optional<TextFlaw> flaw;
};

// A '$' before anything else than a name, '{' or '$' is a '$'. The result has at most `longest` bytes.
[[nodiscard]] Interpolated interpolate(std::string_view text, const VariableLookup& lookup, std::size_t longest);

// Letters, digits and '_', not beginning with a digit.
[[nodiscard]] bool is_variable_name(std::string_view name);

}  // namespace gup::compose
