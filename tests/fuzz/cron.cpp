// SPDX-License-Identifier: Apache-2.0
// A time in cron's form, days of the week, and the next moment of a time.
#include "core/declaration/cron_expression.hpp"

#include "fuzz.hpp"

void gup::fuzz::take(std::string_view input) {
    (void)parse_weekdays(input);
    const Result<CronExpression> expression = CronExpression::parse(input);
    if (!expression) return;
    const LocalMinute from{std::chrono::minutes{29'000'000}};
    check(expression->first_from(from) >= from, "the next moment is not before the first");
    const Result<CronExpression> again = CronExpression::parse(expression->text());
    check(again && again->text() == expression->text(), "an expression is read as it is shown");
}
