// SPDX-License-Identifier: Apache-2.0
#include "util/units.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <limits>

namespace gup {
namespace {

struct Unit {
    std::string_view name;
    std::uint64_t factor;
};

constexpr std::array duration_units{Unit{"", 1000},      Unit{"ms", 1},        Unit{"s", 1000},      Unit{"m", 60'000},
                                    Unit{"min", 60'000}, Unit{"h", 3'600'000}, Unit{"d", 86'400'000}};
constexpr std::array size_units{
    Unit{"", 1},      Unit{"B", 1},          Unit{"KiB", 1U << 10U},   Unit{"MiB", 1U << 20U}, Unit{"GiB", 1U << 30U},
    Unit{"KB", 1000}, Unit{"MB", 1'000'000}, Unit{"GB", 1'000'000'000}};
constexpr std::uint64_t longest_duration = 10ULL * 366 * 86'400'000;

template <std::size_t N>
std::optional<std::uint64_t> parse(std::string_view text, const std::array<Unit, N>& units) {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{}) return std::nullopt;
    std::string_view name = text.substr(static_cast<std::size_t>(end - text.data()));
    while (name.starts_with(' ')) name.remove_prefix(1);
    for (const Unit& unit : units) {
        if (unit.name != name) continue;
        if (number > std::numeric_limits<std::uint64_t>::max() / unit.factor) return std::nullopt;
        return number * unit.factor;
    }
    return std::nullopt;
}

}  // namespace

std::optional<Milliseconds> parse_duration(std::string_view text) {
    const auto value = parse(text, duration_units);
    if (!value || *value > longest_duration) return std::nullopt;
    return Milliseconds{static_cast<std::int64_t>(*value)};
}

std::optional<std::uint64_t> parse_size(std::string_view text) {
    return parse(text, size_units);
}

std::string format_size(std::uint64_t bytes) {
    constexpr std::array names{"KiB", "MiB", "GiB", "TiB"};
    if (bytes < 1024) return fmt::format("{} B", bytes);
    double value = static_cast<double>(bytes) / 1024;
    std::size_t unit = 0;
    while (value >= 1024 && unit + 1 < names.size()) {
        value /= 1024;
        ++unit;
    }
    return fmt::format("{:.1f} {}", value, names.at(unit));
}

std::string format_duration(Milliseconds duration) {
    const auto seconds = duration.count() / 1000;
    if (seconds < 10) return fmt::format("{:.1f} s", static_cast<double>(duration.count()) / 1000);
    if (seconds < 60) return fmt::format("{} s", seconds);
    return fmt::format("{} min {} s", seconds / 60, seconds % 60);
}

}  // namespace gup
