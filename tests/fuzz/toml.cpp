// SPDX-License-Identifier: Apache-2.0
// What is looked at before toml++ reads a text.
#include "core/declaration/toml_guard.hpp"

#include "fuzz.hpp"

void gup::fuzz::take(std::string_view input) {
    (void)find_toml_flaw(input);
}
