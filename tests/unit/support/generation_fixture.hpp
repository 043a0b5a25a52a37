// SPDX-License-Identifier: Apache-2.0
// Generations with a number, for tests.
#pragma once

#include <string>

#include "core/generation.hpp"

namespace gup {

inline Generation numbered(int number, const std::string& virtualenv, const std::string& previous = {}) {
    Generation one;
    one.id = "2026-11-21_02_00-main-000000" + std::to_string(number);
    one.sequence = number;
    one.commit = std::string(40, static_cast<char>('0' + number));
    one.virtualenv = virtualenv;
    one.previous = previous;
    return one;
}

inline std::string numbered_id(int number) {
    return numbered(number, "").id;
}

inline std::string own_virtualenv(int number) {
    return "/g/" + numbered_id(number) + "/.venv";
}

}  // namespace gup
