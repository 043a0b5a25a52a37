// SPDX-License-Identifier: Apache-2.0
// Times in the form of crontab(5): five fields, or @daily and similar. Local times without a zone; update/agenda turns
// them into moments. Pure.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "util/result.hpp"

namespace gup {

// A local time, to the minute.
using LocalMinute = std::chrono::local_time<std::chrono::minutes>;

// The days of the week in cron's form, "mon-fri" or "0,6": a bit for each, Sunday the lowest. Fails with invalid_input.
[[nodiscard]] Result<std::uint8_t> parse_weekdays(std::string_view text);

class CronExpression {
public:
    // "30 2 * * mon-fri", "*/15 * * * *", "@daily". Lists, ranges, steps, English names of months and days (three
    // letters, case aside), 0 and 7 for Sunday. Fails with invalid_input: the message names the expression, the field,
    // the text and the reason, the hint says what to write. Refuses a time that never happens (30 February) and
    // @reboot.
    [[nodiscard]] static Result<CronExpression> parse(std::string_view text);

    // The first matching minute, `from` included.
    [[nodiscard]] LocalMinute first_from(LocalMinute from) const;

    // True for fixed times of the day: neither the minute nor the hour begins with '*'. When clocks change, cron treats
    // fixed times differently.
    [[nodiscard]] bool is_fixed_time() const noexcept { return fixed_time_; }

    // As it was written, the fields separated by one space.
    [[nodiscard]] const std::string& text() const noexcept { return text_; }

private:
    CronExpression() = default;
    [[nodiscard]] bool names_day(std::chrono::local_days day) const;

    std::string text_;
    std::array<std::uint64_t, 5> fields_{};  // a bit for each value: minute, hour, day of month, month, day of week
    bool fixed_time_ = false;
    // Both day fields are limited: then one of the two must match, as in Vixie cron. Not so when one begins with '*'.
    bool either_day_ = false;
};

}  // namespace gup
