// SPDX-License-Identifier: Apache-2.0
#include "util/real_number.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <utility>

using namespace gup;

TEST_CASE("real_number_in: all of the text is a decimal number") {
    const std::pair<const char*, double> numbers[] = {{"0", 0},         {"-0.5", -0.5}, {".5", 0.5},     {"5.", 5},
                                                      {"1.5e3", 1500},  {"1E-2", .01},  {"-1e+2", -100}, {"0e99999", 0},
                                                      {"1e308", 1e308}, {"00.10", 0.1}};
    for (const auto& [text, number] : numbers) {
        CAPTURE(text);
        CHECK(real_number_in(text) == number);
    }
    for (const char* text : {"", "-", ".", "+1", " 1", "1 ", "1e", "e1", "1.2.3", "1-2", "--1", "inf", "-inf", "nan",
                             "0x10", "1e400", "1,5"}) {
        CAPTURE(text);
        CHECK_FALSE(real_number_in(text));
    }
    CHECK_FALSE(real_number_in(std::string_view("1\0", 2)));
}

TEST_CASE("shortest: the fewest digits, as Go prints a double") {
    const std::pair<double, const char*> texts[] = {{0, "0"},
                                                    {-0.0, "-0"},
                                                    {1, "1"},
                                                    {-12.5, "-12.5"},
                                                    {0.1, "0.1"},
                                                    {0.1 + 0.2, "0.30000000000000004"},
                                                    {1.0 / 3, "0.3333333333333333"},
                                                    {0.0001, "0.0001"},
                                                    {0.00001, "1e-05"},
                                                    {-1.5e-7, "-1.5e-07"},
                                                    {123456789012345680.0, "123456789012345680"},
                                                    {1e20, "100000000000000000000"},
                                                    {1e21, "1e+21"},
                                                    {1.7976931348623157e308, "1.7976931348623157e+308"},
                                                    {5e-324, "5e-324"},
                                                    {HUGE_VAL, "+Inf"},
                                                    {-HUGE_VAL, "-Inf"},
                                                    {std::numeric_limits<double>::quiet_NaN(), "NaN"}};
    for (const auto& [number, text] : texts) {
        CAPTURE(text);
        CHECK(shortest(number) == text);
    }
}
