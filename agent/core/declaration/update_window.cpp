// SPDX-License-Identifier: Apache-2.0
#include "core/declaration/update_window.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "core/declaration/cron_expression.hpp"
#include "util/text.hpp"

namespace gup {
namespace {

constexpr std::chrono::minutes one_day{24 * 60};

// "02:30"; "24:00" is the end of a day.
std::optional<std::chrono::minutes> time_of_day(std::string_view text) {
    const auto digit = [&](std::size_t at) { return is_digit(text[at]); };
    if (text.size() != 5 || text[2] != ':' || !digit(0) || !digit(1) || !digit(3) || !digit(4)) return std::nullopt;
    const int hour = (text[0] - '0') * 10 + (text[1] - '0');
    const int minute = (text[3] - '0') * 10 + (text[4] - '0');
    const std::chrono::minutes time{hour * 60 + minute};
    return minute > 59 || time > one_day ? std::nullopt : std::optional(time);
}

std::optional<DayHours> day_hours(std::string_view text) {
    const std::size_t dash = std::min(text.find('-'), text.size());
    const auto begin = time_of_day(trimmed(text.substr(0, dash)));
    const auto end = time_of_day(trimmed(text.substr(std::min(dash + 1, text.size()))));
    if (!begin || !end || *begin == one_day) return std::nullopt;
    return DayHours{*begin, *end > *begin ? *end : *end + one_day};
}

bool counts(const UpdateWindow& window, std::chrono::local_days day) {
    return ((static_cast<unsigned>(window.days) >> std::chrono::weekday{day}.c_encoding()) & 1U) != 0;
}

}  // namespace

Status set_hours(UpdateWindow& window, std::string_view text) {
    std::vector<DayHours> all;
    for (std::string_view rest = text;;) {
        const std::size_t comma = std::min(rest.find(','), rest.size());
        const std::string_view part = trimmed(rest.substr(0, comma));
        const auto hours = day_hours(part);
        if (!hours) {
            return Error{ErrorCode::invalid_input, fmt::format("'{}' is not a time window", part),
                         "write window = \"02:00-05:00\""};
        }
        all.push_back(*hours);
        if (comma == rest.size()) break;
        rest.remove_prefix(comma + 1);
    }
    window.hours = std::move(all);
    window.hours_text = text;
    return {};
}

Status set_days(UpdateWindow& window, std::string_view text) {
    GUP_TRY(window.days, parse_weekdays(text));
    window.days_text = text;
    return {};
}

bool is_open(const UpdateWindow& window, std::chrono::local_seconds local) {
    const auto day = std::chrono::floor<std::chrono::days>(local);
    if (window.hours.empty()) return counts(window, day);
    const auto time = local - day;
    const bool since_today = counts(window, day);
    const bool since_yesterday = counts(window, day - std::chrono::days{1});
    return std::any_of(window.hours.begin(), window.hours.end(), [&](const DayHours& hours) {
        return (since_today && time >= hours.begin && time < hours.end) ||
               (since_yesterday && time + one_day >= hours.begin && time + one_day < hours.end);
    });
}

std::vector<std::chrono::local_seconds> openings_on(const UpdateWindow& window, std::chrono::local_days day) {
    std::vector<std::chrono::local_seconds> openings;
    if (!counts(window, day)) return openings;
    if (window.hours.empty()) openings.emplace_back(day);
    for (const DayHours& hours : window.hours) openings.emplace_back(day + hours.begin);
    std::sort(openings.begin(), openings.end());
    return openings;
}

std::string display(const UpdateWindow& window) {
    if (window.hours_text.empty()) return window.days_text;
    return window.days_text.empty() ? window.hours_text : fmt::format("{}, {}", window.hours_text, window.days_text);
}

}  // namespace gup
