// SPDX-License-Identifier: Apache-2.0
#include "core/declaration/cron_expression.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "core/declaration/nearest.hpp"
#include "util/text.hpp"

namespace gup {
namespace {

enum CronField : std::size_t { minute_field, hour_field, day_field, month_field, weekday_field };

struct FieldRow {
    std::string_view name;
    unsigned least;
    unsigned most;
    std::vector<std::string_view> names;  // of the values from `least` on
    std::string_view example;
};

const std::array<FieldRow, 5>& field_rows() {
    static const std::array<FieldRow, 5> rows{
        FieldRow{"minute", 0, 59, {}, "0, */15, 0,30"},
        FieldRow{"hour", 0, 23, {}, "2, 22-23, */6"},
        FieldRow{"day of month", 1, 31, {}, "*, 1, 1,15"},
        FieldRow{"month",
                 1,
                 12,
                 {"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"},
                 "*, 1-3, jan,jul"},
        FieldRow{"day of week", 0, 7, {"sun", "mon", "tue", "wed", "thu", "fri", "sat"}, "*, mon-fri, 0,6"},
    };
    return rows;
}

struct Nickname {
    std::string_view name;
    std::string_view meaning;
};

constexpr std::array nicknames{Nickname{"@yearly", "0 0 1 1 *"},  Nickname{"@annually", "0 0 1 1 *"},
                               Nickname{"@monthly", "0 0 1 * *"}, Nickname{"@weekly", "0 0 * * 0"},
                               Nickname{"@daily", "0 0 * * *"},   Nickname{"@midnight", "0 0 * * *"},
                               Nickname{"@hourly", "0 * * * *"}};

Error expression_error(std::string_view expression, const std::string& reason, std::string hint) {
    return {ErrorCode::invalid_input, fmt::format("'{}' is not a schedule: {}", expression, reason), std::move(hint)};
}

// One field of one expression.
class FieldParser {
public:
    FieldParser(const FieldRow& row, std::string_view text) : row_(row), text_(text) {}

    // A bit for each value; nullopt if error() has a reason.
    std::optional<std::uint64_t> parse() {
        std::uint64_t values = 0;
        for (std::string_view rest = text_;;) {
            const std::size_t comma = std::min(rest.find(','), rest.size());
            const auto part = parse_part(rest.substr(0, comma));
            if (!part) return std::nullopt;
            values |= *part;
            if (comma == rest.size()) return values;
            rest.remove_prefix(comma + 1);
        }
    }

    [[nodiscard]] const std::string& reason() const noexcept { return reason_; }
    [[nodiscard]] const std::string& hint() const noexcept { return hint_; }

private:
    // "*", "3", "1-5"; "*" and "1-5" may have "/2" after them.
    std::optional<std::uint64_t> parse_part(std::string_view part) {
        const std::size_t slash = part.find('/');
        const std::string_view span = part.substr(0, slash);
        unsigned first = row_.least;
        unsigned last = row_.most;
        const bool all = span == "*";
        const std::size_t dash = span.find('-');
        if (!all) {
            const auto low = value_of(span.substr(0, dash));
            if (!low) return std::nullopt;
            const auto high = dash == std::string_view::npos ? low : value_of(span.substr(dash + 1));
            if (!high) return std::nullopt;
            first = *low;
            last = *high;
        }
        if (first > last) {
            return wrong(fmt::format("{} is a descending range", span),
                         fmt::format("write two ranges: {}", two_ranges(span)));
        }
        unsigned step = 1;
        if (slash != std::string_view::npos) {
            if (!all && dash == std::string_view::npos) {
                return wrong(fmt::format("{} has a step without a range", part),
                             fmt::format("write {}-{}/{}", span, row_.most, part.substr(slash + 1)));
            }
            const auto given = step_of(part.substr(slash + 1));
            if (!given) return std::nullopt;
            step = *given;
        }
        std::uint64_t values = 0;
        for (unsigned value = first; value <= last; value += step) values |= std::uint64_t{1} << value;
        return values;
    }

    std::optional<unsigned> value_of(std::string_view text) {
        if (text.empty()) return wrong("a value is missing", such_as());
        if (const auto number = number_in<unsigned>(text)) {
            if (*number >= row_.least && *number <= row_.most) return number;
            return wrong(fmt::format("{} is not from {} to {}", text, row_.least, row_.most), such_as());
        }
        const std::string name = lower(text);
        for (std::size_t i = 0; i < row_.names.size(); ++i) {
            if (name == row_.names[i]) return row_.least + static_cast<unsigned>(i);
        }
        const std::string near = nearest(name.substr(0, 3), row_.names);
        return wrong(fmt::format("'{}' is neither a number{}", text, row_.names.empty() ? " nor *" : ", a name nor *"),
                     near.empty() ? such_as() : fmt::format("did you mean {}?", near));
    }

    std::optional<unsigned> step_of(std::string_view text) {
        const auto step = number_in<unsigned>(text);
        const unsigned most = row_.most - row_.least + 1;
        if (step && *step >= 1 && *step <= most) return step;
        return wrong(fmt::format("a step of '{}' is not from 1 to {}", text, most), such_as());
    }

    [[nodiscard]] std::string such_as() const { return fmt::format("such as {}", row_.example); }

    [[nodiscard]] std::string two_ranges(std::string_view span) const {
        const std::size_t dash = span.find('-');
        const auto last = row_.names.empty() ? std::to_string(row_.most) : std::string(row_.names.back());
        const auto first = row_.names.empty() ? std::to_string(row_.least) : std::string(row_.names.front());
        return fmt::format("{}-{},{}-{}", span.substr(0, dash), last, first, span.substr(dash + 1));
    }

    std::nullopt_t wrong(std::string reason, std::string hint) {
        reason_ = fmt::format("{}: {}", row_.name, reason);
        hint_ = std::move(hint);
        return std::nullopt;
    }

    const FieldRow& row_;
    std::string_view text_;
    std::string reason_;
    std::string hint_;
};

// The five fields of `words`, with nicknames replaced.
Result<std::vector<std::string_view>> find_fields(const std::vector<std::string_view>& words, std::string_view text) {
    if (words.size() == 5 && words.front().front() != '@') return words;
    if (words.size() == 1 && words.front().front() == '@') {
        const std::string name = lower(words.front());
        std::vector<std::string_view> known;
        for (const Nickname& one : nicknames) {
            if (name == one.name) return words_in(one.meaning);
            known.push_back(one.name);
        }
        if (name == "@reboot") {
            return expression_error(text, "@reboot is not a time",
                                    "the daemon makes up a run that was missed while the gateway was off");
        }
        const std::string near = nearest(name, known);
        return expression_error(
            text, fmt::format("{} is not known", name),
            near.empty() ? fmt::format("known: {}", fmt::join(known, ", ")) : fmt::format("did you mean {}?", near));
    }
    return expression_error(
        text,
        fmt::format("it has {} field{} instead of 5 (minute, hour, day of month, month, day of week)", words.size(),
                    words.size() == 1 ? "" : "s"),
        "every night at two: 0 2 * * *");
}

std::uint64_t with_one_sunday(std::uint64_t weekdays) {
    constexpr std::uint64_t sunday_as_seven = 1U << 7U;
    return (weekdays & sunday_as_seven) == 0 ? weekdays : (weekdays & ~sunday_as_seven) | 1U;
}

// The calendar repeats itself after 400 years.
constexpr std::chrono::days all_of_the_calendar{146'097};

}  // namespace

Result<std::uint8_t> parse_weekdays(std::string_view text) {
    FieldParser parser(field_rows().at(weekday_field), text);
    const auto values = parser.parse();
    if (!values) return Error{ErrorCode::invalid_input, parser.reason(), parser.hint()};
    return static_cast<std::uint8_t>(with_one_sunday(*values));
}

Result<CronExpression> CronExpression::parse(std::string_view text) {
    const auto words = words_in(text);
    CronExpression expression;
    expression.text_ = fmt::to_string(fmt::join(words, " "));
    GUP_TRY(const auto fields, find_fields(words, expression.text_));
    for (std::size_t i = 0; i < fields.size(); ++i) {
        FieldParser parser(field_rows().at(i), fields[i]);
        const auto values = parser.parse();
        if (!values) return expression_error(expression.text_, parser.reason(), parser.hint());
        expression.fields_.at(i) = *values;
    }
    expression.fields_[weekday_field] = with_one_sunday(expression.fields_[weekday_field]);
    const auto begins_with_star = [&](CronField field) { return fields[field].front() == '*'; };
    expression.fixed_time_ = !begins_with_star(minute_field) && !begins_with_star(hour_field);
    expression.either_day_ = !begins_with_star(day_field) && !begins_with_star(weekday_field);
    for (std::chrono::local_days day{}; day < std::chrono::local_days{} + all_of_the_calendar;
         day += std::chrono::days{1}) {
        if (expression.names_day(day)) return expression;
    }
    return expression_error(expression.text_, "no year has such a day", "check the day and the month");
}

LocalMinute CronExpression::first_from(LocalMinute from) const {
    const auto has = [&](CronField field, unsigned value) { return ((fields_.at(field) >> value) & 1U) != 0; };
    for (std::chrono::local_days day = std::chrono::floor<std::chrono::days>(from);; day += std::chrono::days{1}) {
        if (!names_day(day)) continue;
        for (unsigned hour = 0; hour < 24; ++hour) {
            if (!has(hour_field, hour)) continue;
            for (unsigned minute = 0; minute < 60; ++minute) {
                const LocalMinute moment = day + std::chrono::minutes{hour * 60 + minute};
                if (has(minute_field, minute) && moment >= from) return moment;
            }
        }
    }
}

bool CronExpression::names_day(std::chrono::local_days day) const {
    const std::chrono::year_month_day date{day};
    const auto has = [&](CronField field, unsigned value) { return ((fields_.at(field) >> value) & 1U) != 0; };
    if (!has(month_field, unsigned{date.month()})) return false;
    const bool by_date = has(day_field, unsigned{date.day()});
    const bool by_weekday = has(weekday_field, std::chrono::weekday{day}.c_encoding());
    return either_day_ ? by_date || by_weekday : by_date && by_weekday;
}

}  // namespace gup
