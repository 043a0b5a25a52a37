// SPDX-License-Identifier: Apache-2.0
// The hours and days in which a connector may be updated: "02:00-05:00" on "mon-fri". Local times without a zone. Pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "util/result.hpp"

namespace gup {

// From the begin until before the end, as times since a day's 00:00. The end may be on the next day.
struct DayHours {
    std::chrono::minutes begin{0};
    std::chrono::minutes end{0};
};

struct UpdateWindow {
    static constexpr std::uint8_t every_day = 0x7f;

    std::vector<DayHours> hours;    // empty: the whole day
    std::uint8_t days = every_day;  // days on which the hours begin: a bit for each, Sunday the lowest
    std::string hours_text;         // as they were written; may be empty
    std::string days_text;

    // False: it is always open.
    [[nodiscard]] bool is_limited() const { return !hours.empty() || days != every_day; }

    friend bool operator==(const UpdateWindow& a, const UpdateWindow& b) {
        return a.hours_text == b.hours_text && a.days_text == b.days_text;
    }
};

// "02:00-05:00", several with commas; "22:00-04:00" crosses midnight. Fails with invalid_input.
[[nodiscard]] Status set_hours(UpdateWindow& window, std::string_view text);
// "mon-fri", "sat,sun", in the form of crontab(5). Fails with invalid_input.
[[nodiscard]] Status set_days(UpdateWindow& window, std::string_view text);

// True when the window is open at the local time `local`. Hours that cross midnight belong to the day on which they
// begin.
[[nodiscard]] bool is_open(const UpdateWindow& window, std::chrono::local_seconds local);

// Its openings on the day that begins at `day`, in order; empty if it does not open on that day.
[[nodiscard]] std::vector<std::chrono::local_seconds> openings_on(const UpdateWindow& window,
                                                                  std::chrono::local_days day);

// "02:00-05:00, mon-fri"
[[nodiscard]] std::string display(const UpdateWindow& window);

}  // namespace gup
