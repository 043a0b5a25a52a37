// SPDX-License-Identifier: Apache-2.0
// Shared by both forms of a gupfile: texts of messages, and the checks of a pin. Private to core.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/declaration/gupfile.hpp"

namespace gup::detail {

struct Place {
    int line = 0;
    int column = 0;
};

struct Field {
    std::string_view text;
    Place place;
};

struct PinFields {
    Field name;  // with extras in brackets
    Field version;
    Field source;                 // text empty: none
    bool legacy = true;           // hints show the form of the file
    std::vector<Field> extras{};  // in addition to those of the name
    std::vector<Field> hashes{};
};

// Text of the file for a message: in quotes, no control bytes, no secrets, of bounded length. An object, because for a
// function and a std::string the compiler would also consider std::quoted, and prefer it.
struct Quoted {
    [[nodiscard]] std::string operator()(std::string_view text) const;
};
inline constexpr Quoted quoted{};
// The same without quotes.
[[nodiscard]] std::string shown(std::string_view text);

// Converts a parser's places, with columns in code points, to places with columns in bytes; from 1. Ascending places of
// one text take time in proportion to its length, and no more. The text outlives it.
class PlaceFinder {
public:
    explicit PlaceFinder(std::string_view text) : text_(text) {}
    [[nodiscard]] Place find(int line, int column);

private:
    std::string_view text_;
    std::size_t begin_ = 0;  // of line_
    int line_ = 1;
    std::size_t at_ = 0;  // of column_ in line_
    int column_ = 1;
};

// True when no further problem is added.
[[nodiscard]] bool has_all_problems(const Gupfile& gupfile);
// Adds an error, unless there are very many already.
void add_error(Gupfile& gupfile, Place place, std::string message, std::string hint);

// Checks the fields and adds the pin, or an error.
void add_pin(Gupfile& gupfile, const PinFields& fields);

// The pin in the form of the file: `name,1.0` or `name = "1.0"`.
[[nodiscard]] std::string pin_text(const PinFields& fields, std::string_view version);

}  // namespace gup::detail
