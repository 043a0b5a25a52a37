// SPDX-License-Identifier: Apache-2.0
// Files of variables: .env, and the env_file of a service.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/compose/text/interpolate.hpp"
#include "core/declaration/gupfile.hpp"

namespace gup::compose {

inline constexpr std::size_t env_file_limit = 1U << 20U;  // bytes

enum class EnvFormat : std::uint8_t {
    dotenv,  // NAME=value, NAME: value, export NAME=value; 'as it is', "with escapes and $V", with $V; # comments
    raw,     // NAME=value, as it is
};

struct EnvLine {
    std::string name;
    std::string value;
    int line = 0;
    int column = 0;
};

struct EnvFile {
    std::vector<EnvLine> lines;     // in the order of the file
    std::vector<Problem> problems;  // without `file`
};

// A name without a value takes the one of `lookup`, or is left out. `lookup` comes before the lines above. Unset variables
// are empty, with a warning.
[[nodiscard]] EnvFile parse_env_file(std::string_view text, EnvFormat format, const VariableLookup& lookup);

}  // namespace gup::compose
