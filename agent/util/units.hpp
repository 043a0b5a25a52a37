// SPDX-License-Identifier: Apache-2.0
// Durations and sizes in the form that people write and read.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "util/clock.hpp"

namespace gup {

inline constexpr std::uint64_t mebibyte = 1U << 20U;

// "90" (seconds), "500ms", "15s", "2m", "1h", "3d"; nullopt for anything else, and beyond 10 years.
[[nodiscard]] std::optional<Milliseconds> parse_duration(std::string_view text);

// "4096" (bytes), "500KiB", "1MiB", "2GiB", and KB, MB, GB in powers of 1000; nullopt for anything else.
[[nodiscard]] std::optional<std::uint64_t> parse_size(std::string_view text);

// "512 B", "1.2 MiB".
[[nodiscard]] std::string format_size(std::uint64_t bytes);
// "0.4 s", "12 s", "3 min 5 s".
[[nodiscard]] std::string format_duration(Milliseconds duration);

}  // namespace gup
