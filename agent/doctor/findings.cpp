// SPDX-License-Identifier: Apache-2.0
#include "doctor/findings.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace gup {

std::string span_text(std::int64_t seconds) {
    constexpr std::int64_t minute = 60;
    constexpr std::int64_t hour = 60 * minute;
    constexpr std::int64_t day = 24 * hour;
    const std::int64_t span = seconds < 0 ? -seconds : seconds;
    if (span < 2 * minute) return fmt::format("{} s", span);
    if (span < hour) return fmt::format("{} min", span / minute);
    if (span < 2 * day) return fmt::format("{} h {} min", span / hour, span % hour / minute);
    return fmt::format("{} days", span / day);
}

std::string size_text(std::uint64_t bytes) {
    constexpr std::uint64_t one_mebibyte = 1U << 20U;
    if (bytes >= one_mebibyte) return fmt::format("{} MiB", bytes / one_mebibyte);
    return fmt::format("{} KiB", bytes / 1024);
}

std::string list_text(const std::vector<std::string>& words) {
    constexpr std::size_t shown = 5;
    std::string text;
    const std::size_t count = std::min(words.size(), words.size() == shown + 1 ? shown + 1 : shown);
    for (std::size_t i = 0; i < count; ++i) {
        const bool last = i + 1 == count && count == words.size();
        text += fmt::format("{}{}", i == 0 ? "" : last ? " and " : ", ", words[i]);
    }
    if (count < words.size()) text += fmt::format(" and {} more", words.size() - count);
    return text;
}

}  // namespace gup
