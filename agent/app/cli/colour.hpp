// SPDX-License-Identifier: Apache-2.0
// When output has colours.
#pragma once

#include <optional>
#include <string>

#include "app/cli/command_line.hpp"

namespace gup {

// The variables of the environment that ask for or against colours; nullopt: not set.
struct ColourVariables {
    std::optional<std::string> no_color;        // https://no-color.org
    std::optional<std::string> clicolor_force;  // https://bixense.com/clicolors
    std::optional<std::string> clicolor;
    std::optional<std::string> term;
};
[[nodiscard]] ColourVariables colour_variables();

// The option is stronger than the variables: NO_COLOR over CLICOLOR_FORCE over CLICOLOR=0 and TERM=dumb. Without any of
// them, a terminal has colours.
[[nodiscard]] bool decide_colour(ColourChoice choice, const ColourVariables& variables, bool is_terminal);

}  // namespace gup
