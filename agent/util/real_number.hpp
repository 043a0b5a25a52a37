// SPDX-License-Identifier: Apache-2.0
// Numbers with a fraction as text. The functions of <charconv> for them would add 160 KB to the program.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace gup {

// Nullopt unless all of `text` is a decimal number, such as "-1.5e3": no blanks, no '+' before it, no "inf", no "nan", and not too
// large for a double.
[[nodiscard]] std::optional<double> real_number_in(std::string_view text);

// As Go prints a double: the fewest digits that mean this number; with an exponent below 1e-4 and from 1e21 on.
[[nodiscard]] std::string shortest(double number);

}  // namespace gup
