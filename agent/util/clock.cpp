#include "util/clock.hpp"

#include <array>
#include <ctime>
#include <string_view>

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

// `text` as a number of digits only; -1 for anything else.
int digits(std::string_view text) {
    int number = 0;
    for (const char c : text) {
        if (c < '0' || c > '9') return -1;
        number = number * 10 + (c - '0');
    }
    return number;
}

// Offset of "+hhmm" in seconds; out of range for any other text.
constexpr int no_offset = 1 << 20;
int parse_offset(std::string_view text) {
    const int hours = digits(text.substr(1, 2));
    const int minutes = digits(text.substr(3, 2));
    if ((text[0] != '+' && text[0] != '-') || hours < 0 || hours > 24 || minutes < 0 || minutes > 59) return no_offset;
    const int seconds = hours * 3600 + minutes * 60;
    return text[0] == '-' ? -seconds : seconds;
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
    constexpr std::string_view form = "0000-00-00T00:00:00+0000";
    if (text.size() != form.size()) return -1;
    for (const std::size_t at : {4U, 7U, 10U, 13U, 16U}) {
        if (text[at] != form[at]) return -1;
    }
    const std::string_view view = text;
    const int year = digits(view.substr(0, 4));
    const int month = digits(view.substr(5, 2));
    const int day = digits(view.substr(8, 2));
    const int hour = digits(view.substr(11, 2));
    const int minute = digits(view.substr(14, 2));
    const int second = digits(view.substr(17, 2));
    const int offset = parse_offset(view.substr(19));
    if (year < 0 || month < 1 || day < 1 || offset == no_offset) return -1;
    if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60) return -1;

    const std::chrono::year_month_day date{std::chrono::year{year}, std::chrono::month{static_cast<unsigned>(month)},
                                           std::chrono::day{static_cast<unsigned>(day)}};
    if (!date.ok()) return -1;
    const std::int64_t days = std::chrono::sys_days{date}.time_since_epoch().count();
    return days * 86'400 + hour * 3600 + minute * 60 + second - offset;
}

UnixTime parse_http_date(const std::string& text) {
    std::tm parts{};
    const char* const end = ::strptime(text.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
    if (end == nullptr || *end != '\0') return -1;
    const std::chrono::year_month_day date{std::chrono::year{parts.tm_year + 1900},
                                           std::chrono::month{static_cast<unsigned>(parts.tm_mon + 1)},
                                           std::chrono::day{static_cast<unsigned>(parts.tm_mday)}};
    if (!date.ok()) return -1;
    const std::int64_t days = std::chrono::sys_days{date}.time_since_epoch().count();
    return days * 86'400 + parts.tm_hour * 3600 + parts.tm_min * 60 + parts.tm_sec;
}

}  // namespace gup
