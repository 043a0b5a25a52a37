#include "core/utc_time.hpp"

#include <fmt/format.h>

#include <array>
#include <chrono>

namespace gup {

std::optional<std::int64_t> parse_utc(std::string_view text) {
    constexpr std::string_view form = "0000-00-00T00:00:00Z";
    if (text.size() != form.size()) return std::nullopt;
    std::array<int, 6> fields{};
    std::size_t field = 0;
    for (std::size_t i = 0; i < form.size(); ++i) {
        if (form[i] != '0') {
            if (text[i] != form[i]) return std::nullopt;
            ++field;
        } else if (text[i] < '0' || text[i] > '9') {
            return std::nullopt;
        } else {
            fields.at(field) = fields.at(field) * 10 + (text[i] - '0');
        }
    }
    const auto [year, month, day, hour, minute, second] = fields;
    const std::chrono::year_month_day date{std::chrono::year{year}, std::chrono::month{static_cast<unsigned>(month)},
                                           std::chrono::day{static_cast<unsigned>(day)}};
    if (!date.ok() || hour > 23 || minute > 59 || second > 60) return std::nullopt;
    const std::int64_t days = std::chrono::sys_days{date}.time_since_epoch().count();
    return days * 86'400 + hour * 3600 + minute * 60 + second;
}

std::string format_utc(std::int64_t seconds) {
    const std::chrono::sys_seconds moment{std::chrono::seconds{seconds}};
    const auto day = std::chrono::floor<std::chrono::days>(moment);
    const std::chrono::year_month_day date{day};
    const std::chrono::hh_mm_ss time{moment - day};
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", static_cast<int>(date.year()),
                       static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), time.hours().count(),
                       time.minutes().count(), time.seconds().count());
}

}  // namespace gup
