// SPDX-License-Identifier: Apache-2.0
// One requirement as PEP 508 writes it: `name[extra] >=1,<2 ; marker`, or `name @ URL ; marker`.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "util/result.hpp"

namespace gup {

// A part of the text as written, without blanks around it, and its first byte. An absent part is empty.
struct Pep508Part {
    std::string text;
    std::size_t offset = 0;

    [[nodiscard]] bool empty() const noexcept { return text.empty(); }
};

struct Pep508 {
    Pep508Part name;
    std::vector<Pep508Part> extras;
    Pep508Part specifier;  // without its parentheses; a valid SpecifierSet
    Pep508Part url;        // what follows "@"
    Pep508Part marker;     // what follows ";"; a valid Marker
};

// As packaging reads it, in linear time. Fails with invalid_input and a reason. `mistake_at`, if any, becomes the byte in
// `text` where the mistake is. A URL ends at a blank: a marker after a URL needs a blank before its ";". Comments,
// options and continuation lines belong to files of requirements, and are no part of PEP 508.
[[nodiscard]] Result<Pep508> parse_pep508(std::string_view text, std::size_t* mistake_at = nullptr);

}  // namespace gup
