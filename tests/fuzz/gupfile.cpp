// SPDX-License-Identifier: Apache-2.0
// A connector's declaration, which a committer writes.
#include "core/declaration/gupfile.hpp"

#include "fuzz.hpp"

void gup::fuzz::take(std::string_view input) {
    (void)parse_gupfile(input);
}
