// SPDX-License-Identifier: Apache-2.0
#include "util/clock.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <string_view>

#include "util/text.hpp"

namespace gup {
namespace {

class SystemClock final : public Clock {
public:
    [[nodiscard]] UnixTime now() const override { return UnixTime{read(CLOCK_REALTIME).tv_sec}; }

    [[nodiscard]] Milliseconds monotonic() const override {
        const timespec time = read(CLOCK_MONOTONIC);
        return Milliseconds{std::int64_t{time.tv_sec} * 1000 + std::int64_t{time.tv_nsec} / 1'000'000};
    }

private:
    static timespec read(clockid_t id) {
        timespec time{};
        (void)::clock_gettime(id, &time);
        return time;
    }
};

// A '0' of `form` stands for any digit.
bool has_form(std::string_view text, std::string_view form) {
    const auto fits = [](char c, char wanted) { return wanted == '0' ? is_digit(c) : c == wanted; };
    return std::equal(text.begin(), text.end(), form.begin(), form.end(), fits);
}

// The moment that all of `text` names, by a format of strptime(3).
std::optional<UnixTime> moment_of(const std::string& text, const char* format) {
    std::tm parts{};
    const char* const end = ::strptime(text.c_str(), format, &parts);
    if (end == nullptr || *end != '\0') return std::nullopt;
    const std::chrono::year_month_day date{std::chrono::year{parts.tm_year + 1900},
                                           std::chrono::month{static_cast<unsigned>(parts.tm_mon + 1)},
                                           std::chrono::day{static_cast<unsigned>(parts.tm_mday)}};
    if (!date.ok() || parts.tm_sec > 60) return std::nullopt;
    const std::int64_t days = std::chrono::sys_days{date}.time_since_epoch().count();
    return days * 86'400 + parts.tm_hour * 3600 + parts.tm_min * 60 + parts.tm_sec - parts.tm_gmtoff;
}

}  // namespace

const Clock& system_clock() {
    static const SystemClock clock;
    return clock;
}

std::string format_time(UnixTime time) {
    const auto seconds = static_cast<std::time_t>(time);
    std::tm parts{};
    if (::localtime_r(&seconds, &parts) == nullptr) return "1970-01-01T00:00:00+0000";
    std::array<char, 64> text{};
    return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S%z", &parts)};
}

UnixTime parse_time(const std::string& text) {
    constexpr std::string_view east = "0000-00-00T00:00:00+0000";
    constexpr std::string_view west = "0000-00-00T00:00:00-0000";
    if (!has_form(text, east) && !has_form(text, west)) return -1;
    return moment_of(text, "%Y-%m-%dT%H:%M:%S%z").value_or(-1);
}

UnixTime parse_http_date(const std::string& text) {
    return moment_of(text, "%a, %d %b %Y %H:%M:%S GMT").value_or(-1);
}

std::optional<UnixTime> parse_utc(const std::string& text) {
    if (!has_form(text, "0000-00-00T00:00:00Z")) return std::nullopt;
    return moment_of(text, "%Y-%m-%dT%H:%M:%SZ");
}

std::string format_utc(UnixTime time) {
    const std::chrono::sys_seconds moment{std::chrono::seconds{time}};
    const auto day = std::chrono::floor<std::chrono::days>(moment);
    const std::chrono::year_month_day date{day};
    const std::chrono::hh_mm_ss clock{moment - day};
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", static_cast<int>(date.year()),
                       static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), clock.hours().count(),
                       clock.minutes().count(), clock.seconds().count());
}

}  // namespace gup
