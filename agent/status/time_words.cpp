// SPDX-License-Identifier: Apache-2.0
#include "status/time_words.hpp"

#include <fmt/format.h>

#include <array>
#include <chrono>

namespace gup {
namespace {

constexpr UnixTime minute = 60;
constexpr UnixTime hour = 60 * minute;
constexpr UnixTime day = 24 * hour;
constexpr UnixTime longest_ago = 60 * day;

struct LocalParts {
    std::chrono::year_month_day date{};
    std::chrono::local_days days{};
    int hours = 0;
    int minutes = 0;
};

LocalParts parts_of(UnixTime time, const TimeZone& zone) {
    const auto local = zone.local_time(time);
    const auto days = std::chrono::floor<std::chrono::days>(local);
    const std::chrono::hh_mm_ss clock(local - days);
    return {std::chrono::year_month_day(days), days, static_cast<int>(clock.hours().count()),
            static_cast<int>(clock.minutes().count())};
}

std::string date_text(const LocalParts& parts) {
    return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}", static_cast<int>(parts.date.year()),
                       static_cast<unsigned>(parts.date.month()), static_cast<unsigned>(parts.date.day()), parts.hours,
                       parts.minutes);
}

bool is_night(int hours) {
    constexpr int first_of_day = 6;
    constexpr int first_of_night = 21;
    return hours < first_of_day || hours >= first_of_night;
}

}  // namespace

std::string local_text(UnixTime time, const TimeZone& zone) {
    return date_text(parts_of(time, zone));
}

std::string local_text(UnixTime time) {
    const auto zone = TimeZone::load({});
    return zone.ok() ? local_text(time, *zone) : format_time(time);
}

std::string ago_text(UnixTime time, UnixTime now, const TimeZone& zone) {
    if (time == 0) return "never";
    const UnixTime passed = now - time;
    if (passed < 0 || passed >= longest_ago) return local_text(time, zone);
    if (passed < minute) return fmt::format("{} s ago", passed);
    if (passed < hour) return fmt::format("{} min ago", passed / minute);
    if (passed < 2 * day) return fmt::format("{} h ago", passed / hour);
    return fmt::format("{} days ago", passed / day);
}

std::string coming_text(UnixTime time, UnixTime now, const TimeZone& zone) {
    constexpr std::array names{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    const LocalParts then = parts_of(time, zone);
    const LocalParts today = parts_of(now, zone);
    const auto distance = (then.days - today.days).count();
    const std::string at = fmt::format("{:02}:{:02}", then.hours, then.minutes);
    const bool is_this_night = is_night(then.hours) && time >= now && time - now < day;
    if (is_this_night && (distance == 0 || (distance == 1 && then.hours < 12))) return "tonight " + at;
    if (distance == 0) return "today " + at;
    if (distance == 1) return "tomorrow " + at;
    if (distance < 0 || distance > 6) return date_text(then);
    return fmt::format("{} {}", names.at(std::chrono::weekday(then.days).c_encoding()), at);
}

}  // namespace gup
