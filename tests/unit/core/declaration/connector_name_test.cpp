#include "core/declaration/connector_name.hpp"

#include <doctest/doctest.h>

using namespace gup;

TEST_CASE("check_new_name: what can be a folder, a virtualenv and an argument is taken") {
    for (const char* name : {"smart-meter", "a", "heat.pump_2", "c++", "1st"}) CHECK(check_new_name(name).ok());
}

TEST_CASE("check_new_name: what leads elsewhere, is passed over, or could be taken for something else is refused") {
    for (const char* name :
         {"", ".", "..", ".hidden", "a/b", "../a", "-x", "_x", "a b", "a\nb", "a'b", "%h", "a:b", "ü"}) {
        const auto status = check_new_name(name);
        REQUIRE_MESSAGE(!status.ok(), name);
        CHECK(status.error().code == ErrorCode::invalid_input);
        CHECK(!status.error().hint.empty());
    }
    CHECK(check_new_name(std::string(100, 'a')).ok());
    CHECK(!check_new_name(std::string(101, 'a')).ok());
}

TEST_CASE("name_from_url: the last part of the path, without .git") {
    const auto name = [](const char* url) { return name_from_url(parse_url(url).value()); };
    CHECK(name("https://example.org/org/smart-meter.git") == "smart-meter");
    CHECK(name("https://user:token@example.org/smart-meter/") == "smart-meter");
    CHECK(name("git@example.org:org/smart-meter.git") == "smart-meter");
    CHECK(name("git@example.org:smart-meter") == "smart-meter");
    CHECK(name("ssh://git@example.org:2222/~/smart-meter.git/") == "smart-meter");
    CHECK(name("/srv/git/smart-meter/.git") == "smart-meter");
    CHECK(name("file:///srv/git/smart-meter.git") == "smart-meter");
    CHECK(name("https://example.org/") == "");
    CHECK(name("https://example.org/.git") == "");
}
