// SPDX-License-Identifier: Apache-2.0
#include "core/declaration/cron_expression.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using gup::CronExpression;

namespace {

struct Wrong {
    std::string text;
    std::string message;  // a part of it
    std::string hint;     // the same
};

gup::LocalMinute local_minute(int year, unsigned month, unsigned day, int hour, int minute) {
    return std::chrono::local_days{std::chrono::year{year} / month / day} + std::chrono::hours{hour} +
           std::chrono::minutes{minute};
}

}  // namespace

TEST_CASE("CronExpression::parse: a mistake is named with its field, the text, the reason and a correct form") {
    const std::vector<Wrong> cases{
        {"60 2 * * *", "'60 2 * * *' is not a schedule: minute: 60 is not from 0 to 59", "such as 0, */15, 0,30"},
        {"0 24 * * *", "hour: 24 is not from 0 to 23", "such as 2"},
        {"0 2 0 * *", "day of month: 0 is not from 1 to 31", "such as *"},
        {"0 2 * 13 *", "month: 13 is not from 1 to 12", "jan,jul"},
        {"0 2 * * 8", "day of week: 8 is not from 0 to 7", "mon-fri"},
        {"0 2 * * mno", "day of week: 'mno' is neither a number, a name nor *", "did you mean mon?"},
        {"0 2 * januar *", "month: 'januar' is neither", "did you mean jan?"},
        {"0 two * * *", "hour: 'two' is neither a number nor *", "such as 2"},
        {"0 -2 * * *", "hour: a value is missing", "such as"},
        {"0 2, * * *", "hour: a value is missing", "such as"},
        {"0 2- * * *", "hour: a value is missing", "such as"},
        {"0 22-2 * * *", "hour: 22-2 is a descending range", "write two ranges: 22-23,0-2"},
        {"0 2 * * fri-sun", "day of week: fri-sun is a descending range", "write two ranges: fri-sat,sun-sun"},
        {"5/15 * * * *", "minute: 5/15 has a step without a range", "write 5-59/15"},
        {"*/0 * * * *", "minute: a step of '0' is not from 1 to 60", "such as"},
        {"*/90 * * * *", "minute: a step of '90' is not from 1 to 60", "such as"},
        {"*/ * * * *", "minute: a step of '' is not from 1 to 60", "such as"},
        {"*/5/2 * * * *", "minute: a step of '5/2' is not", "such as"},
        {"** * * * *", "minute: '**' is neither a number nor *", "such as"},
        {"0 2 L * *", "day of month: 'L' is neither a number nor *", "such as"},
        {"4294967297 2 * * *", "minute: '4294967297' is neither", "such as"},
        {"0 2 * *", "it has 4 fields instead of 5", "0 2 * * *"},
        {"2", "it has 1 field instead of 5", "0 2 * * *"},
        {"0 0 2 * * *", "it has 6 fields instead of 5", "0 2 * * *"},
        {"", "it has 0 fields", "0 2 * * *"},
        {"@dayly", "@dayly is not known", "did you mean @daily?"},
        {"@every 5m", "it has 2 fields", "0 2 * * *"},
        {"@reboot", "@reboot is not a time", "the daemon makes up a run"},
        {"0 0 30 2 *", "no year has such a day", "check the day"},
        {"0 0 31 4,6,9,11 *", "no year has such a day", "check the day"},
    };
    for (const Wrong& one : cases) {
        CAPTURE(one.text);
        const auto parsed = CronExpression::parse(one.text);
        REQUIRE_FALSE(parsed.ok());
        CHECK(parsed.error().code == gup::ErrorCode::invalid_input);
        CAPTURE(parsed.error().message);
        CAPTURE(parsed.error().hint);
        CHECK(parsed.error().message.find(one.message) != std::string::npos);
        CHECK(parsed.error().hint.find(one.hint) != std::string::npos);
    }
}

TEST_CASE("CronExpression::parse: a step is at most as large as its field") {
    const auto parses = [](const std::string& text) { return CronExpression::parse(text).ok(); };
    const char* fields[] = {"{} * * * *", "0 {} * * *", "0 0 {} * *", "0 0 * {} *", "0 0 * * {}"};
    const int most[] = {60, 24, 31, 12, 8};
    for (std::size_t i = 0; i < 5; ++i) {
        const auto with_step = [&](int step) {
            std::string text = fields[i];
            return text.replace(text.find("{}"), 2, "*/" + std::to_string(step));
        };
        CHECK_MESSAGE(parses(with_step(most[i])), with_step(most[i]));
        CHECK_FALSE_MESSAGE(parses(with_step(most[i] + 1)), with_step(most[i] + 1));
    }
}

TEST_CASE("CronExpression::parse: names, nicknames and spaces are read as by cron") {
    const auto same = [](const char* left, const char* right) {
        const auto a = CronExpression::parse(left);
        const auto b = CronExpression::parse(right);
        REQUIRE(a.ok());
        REQUIRE(b.ok());
        auto from = local_minute(2026, 1, 1, 0, 0);
        for (int i = 0; i < 50; ++i) {
            const auto next = a->first_from(from);
            CHECK(next == b->first_from(from));
            from = next + std::chrono::minutes{1};
        }
        CHECK(a->is_fixed_time() == b->is_fixed_time());
    };
    same("  0\t2 * *   * ", "0 2 * * *");
    same("0 2 * * 7", "0 2 * * sun");
    same("0 2 * * 5-7", "0 2 * * FRI,Sat,0");
    same("0 2 * Feb-apr/2 *", "0 2 * 2,4 *");
    same("@DAILY", "0 0 * * *");
    same("@midnight", "0 0 * * *");
    same("@annually", "0 0 1 1 *");
    same("*/60 * * * *", "*/60 * * * *");
    CHECK(CronExpression::parse(" 0  2 * * * ")->text() == "0 2 * * *");
    CHECK_FALSE(CronExpression::parse("@hourly")->is_fixed_time());
    CHECK(CronExpression::parse("0 2 */2 * *")->is_fixed_time());
}

TEST_CASE("CronExpression::first_from: a leap day is found over a century that has none") {
    const auto leap = CronExpression::parse("0 0 29 2 *");
    CHECK(leap->first_from(local_minute(2096, 3, 1, 0, 0)) == local_minute(2104, 2, 29, 0, 0));
    // Both days must hold when one of the fields begins with '*': a leap day that is a Sunday.
    const auto sunday = CronExpression::parse("0 0 29 2 */7");
    CHECK(sunday->first_from(local_minute(2026, 1, 1, 0, 0)) == local_minute(2032, 2, 29, 0, 0));
}
