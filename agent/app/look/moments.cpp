// SPDX-License-Identifier: Apache-2.0
#include "app/look/moments.hpp"

#include <fmt/format.h>

#include <chrono>

#include "util/text.hpp"
#include "util/units.hpp"

namespace gup {
namespace {

constexpr UnixTime week = 7 * 24 * 3600;
constexpr UnixTime longest_weeks = 520;

// 18:00 or 18:00:30, as of the form HH:MM:SS.
std::string whole_clock(std::string_view clock) {
    if (clock.empty()) return "00:00:00";
    return clock.size() == 5 ? fmt::format("{}:00", clock) : std::string(clock);
}

}  // namespace

Result<UnixTime> parse_span(std::string_view text, std::string_view option) {
    const Error wrong{ErrorCode::invalid_input, fmt::format("{} {} is no time span", option, text),
                      fmt::format("write it as {0} 7d, {0} 12h or {0} 2w", option)};
    if (text.ends_with('w')) {
        const auto weeks = number_in<UnixTime>(text.substr(0, text.size() - 1));
        if (!weeks || *weeks < 1 || *weeks > longest_weeks) return wrong;
        return *weeks * week;
    }
    const auto span = parse_duration(text);
    if (!span || span->count() < 1000) return wrong;
    return std::chrono::duration_cast<std::chrono::seconds>(*span).count();
}

Result<UnixTime> parse_moment(std::string_view text, std::string_view option, const TimeZone& zone) {
    const Error wrong{ErrorCode::invalid_input, fmt::format("{} {} is no date", option, text),
                      fmt::format("write it as {0} 2026-12-24 or {0} \"2026-12-24 18:00\"", option)};
    if (const auto utc = parse_utc(std::string(text))) return *utc;
    const std::string_view trimmed_text = trimmed(text);
    constexpr std::size_t date_size = 10;
    const std::string_view date = trimmed_text.substr(0, date_size);
    std::string_view clock = trimmed_text.substr(date.size());
    if (!clock.empty() && clock.front() != ' ' && clock.front() != 'T') return wrong;
    if (!clock.empty()) clock.remove_prefix(1);
    if (clock.empty() && trimmed_text.size() != date_size) return wrong;
    const auto local = parse_utc(fmt::format("{}T{}Z", date, whole_clock(clock)));
    if (!local) return wrong;
    return zone.moment_of(std::chrono::local_seconds(std::chrono::seconds(*local))).first;
}

}  // namespace gup
