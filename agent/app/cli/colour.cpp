// SPDX-License-Identifier: Apache-2.0
#include "app/cli/colour.hpp"

#include <cstdlib>

namespace gup {
namespace {

std::optional<std::string> variable(const char* name) {
    const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nobody sets it
    return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

}  // namespace

ColourVariables colour_variables() {
    return {variable("NO_COLOR"), variable("CLICOLOR_FORCE"), variable("CLICOLOR"), variable("TERM")};
}

bool decide_colour(ColourChoice choice, const ColourVariables& variables, bool is_terminal) {
    if (choice != ColourChoice::automatic) return choice == ColourChoice::always;
    if (!variables.no_color.value_or("").empty()) return false;
    const std::string force = variables.clicolor_force.value_or("");
    if (!force.empty() && force != "0") return true;
    const std::string term = variables.term.value_or("");
    return is_terminal && variables.clicolor.value_or("1") != "0" && !term.empty() && term != "dumb";
}

}  // namespace gup
