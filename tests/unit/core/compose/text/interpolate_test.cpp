// SPDX-License-Identifier: Apache-2.0
#include "core/compose/text/interpolate.hpp"

#include <doctest/doctest.h>

#include <map>
#include <string>

using namespace gup::compose;

namespace {

std::optional<std::string> lookup(const std::string& name) {
    static const std::map<std::string, std::string> values{
        {"SET", "s"}, {"EMPTY", ""}, {"A_1", "a"}, {"_u", "u"}, {"D", "$SET"}};
    const auto found = values.find(name);
    return found == values.end() ? std::nullopt : std::optional(found->second);
}

std::string done(std::string_view text) {
    const Interpolated result = interpolate(text, lookup, 1000);
    if (result.flaw) return std::to_string(result.flaw->offset) + ": " + result.flaw->message;
    std::string out = result.text;
    for (const UnsetUse& use : result.unset) out += " (" + use.name + "@" + std::to_string(use.offset) + ")";
    return out;
}

}  // namespace

TEST_CASE("interpolate: the forms of a variable") {
    const std::pair<const char*, const char*> table[] = {
        {"plain", "plain"},
        {"$SET", "s"},
        {"${SET}", "s"},
        {"x$SET.y", "xs.y"},
        {"$SET-$SETX", "s- (SETX@5)"},
        {"${A_1}${_u}", "au"},
        {"$D", "$SET"},
        {"${SET:-d}", "s"},
        {"${EMPTY:-d}", "d"},
        {"${NO:-d}", "d"},
        {"${SET-d}", "s"},
        {"${EMPTY-d}", ""},
        {"${NO-d}", "d"},
        {"${NO:-}", ""},
        {"${NO-}", ""},
        {"${SET:+alt}", "alt"},
        {"${EMPTY:+alt}", ""},
        {"${NO:+alt}", ""},
        {"${SET+alt}", "alt"},
        {"${EMPTY+alt}", "alt"},
        {"${NO+alt}", ""},
        {"${SET:?m}", "s"},
        {"${EMPTY?m}", ""},
        {"${NO:-${ALSO:-c}}", "c"},
        {"${NO:-${SET}}x", "sx"},
        {"${SET:-${NO}}", "s"},
        {"${NO:-a:b-c?d+e}", "a:b-c?d+e"},
        {"${NO:-{\"a\":1}}", "{\"a\":1}"},
        {"${NO:-$$x}", "$x"},
        {"${SET:+${EMPTY:-z}}", "z"},
        {"${NO:-a}${NO:-b}", "ab"},
        {"$$", "$"},
        {"$$SET", "$SET"},
        {"$${SET}", "${SET}"},
        {"$$$SET", "$s"},
        {"a: $ 5", "a: $ 5"},
        {"5$", "5$"},
        {"$1", "$1"},
        {"$-", "$-"},
        {"^a$|b", "^a$|b"},
        {"${NO}", " (NO@0)"},
        {"a ${NO:-${ALSO}}", "a  (ALSO@8)"},
        {"", ""},
    };
    for (const auto& [text, wanted] : table) {
        CAPTURE(text);
        CHECK(done(text) == wanted);
    }
}

TEST_CASE("interpolate: what is no form, and where") {
    const std::pair<const char*, const char*> table[] = {
        {"a ${SET", "2: the } of a variable is missing"},
        {"${}", "0: a variable's name is expected after ${"},
        {"${1A}", "0: a variable's name is expected after ${"},
        {"${ SET}", "0: a variable's name is expected after ${"},
        {"${SET }", "0: a   is not expected after the name SET of a variable"},
        {"x${SET!}", "1: a ! is not expected after the name SET of a variable"},
        {"${SET:}", "0: a } is not expected after the name SET of a variable"},
        {"${SET:=d}", "0: a = is not expected after the name SET of a variable"},
        {"${NO:?}", "0: the variable NO has no value"},
        {"${NO?say it}", "0: the variable NO has no value: say it"},
        {"${EMPTY:?$SET}", "0: the variable EMPTY has no value: $SET"},
        {"${NO:-${", "0: the } of a variable is missing"},
    };
    for (const auto& [text, wanted] : table) {
        CAPTURE(text);
        CHECK(done(text) == wanted);
    }
}

TEST_CASE("interpolate: limits") {
    const auto many = [](const std::string&) { return std::optional<std::string>(std::string(100, 'x')); };
    CHECK_FALSE(interpolate("$A$A", many, 200).flaw);
    CHECK(interpolate("$A$A$A", many, 200).flaw);
    std::string deep = "x";
    for (int i = 0; i < 20; ++i) deep = "${NO:-" + deep + "}";
    CHECK(done(deep) == "x");
    for (int i = 0; i < 20; ++i) deep = "${NO:-" + deep + "}";
    CHECK(done(deep).find("too deeply") != std::string::npos);
}
