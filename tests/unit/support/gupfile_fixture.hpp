// SPDX-License-Identifier: Apache-2.0
// Shared code of the tests of both gupfile forms.
#pragma once

#include <doctest/doctest.h>

#include <string>
#include <string_view>

#include "core/declaration/gupfile.hpp"
#include "fixture.hpp"

namespace gup {

using test::holds;

// The one error of `text`.
inline Problem only_error(std::string_view text) {
    const Gupfile gupfile = parse_gupfile(text);
    REQUIRE_MESSAGE(gupfile.problems.size() == 1, std::string(text));
    CHECK_FALSE(gupfile.usable());
    CHECK_FALSE(gupfile.problems[0].hint.empty());
    return gupfile.problems[0];
}

inline Requirement only_pin(std::string_view text) {
    const Gupfile gupfile = parse_gupfile(text);
    CHECK(gupfile.problems.empty());
    REQUIRE_MESSAGE(gupfile.pins.size() == 1, std::string(text));
    return gupfile.pins[0];
}

inline const std::string commit = "0123456789abcdef0123456789abcdef01234567";

}  // namespace gup
