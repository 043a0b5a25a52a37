// SPDX-License-Identifier: Apache-2.0
#include "update/health_strikes.hpp"

#include <doctest/doctest.h>

#include "util/sys/directory.hpp"

namespace gup {

TEST_CASE("HealthStrikes: three interrupted checks of one release, one after the other, strike it out") {
    const TemporaryFolder state = TemporaryFolder::make().value();
    const HealthStrikes strikes(state.path());
    const Release release{std::string(40, 'a'), {{"one", "1.0", "https://user:secret@example.org/x", 3}}};
    for (int i = 1; i <= HealthStrikes::limit; ++i) {
        CHECK_FALSE(strikes.struck_out("meter"));
        REQUIRE(strikes.begin("meter", release).ok());
    }
    const auto out = strikes.struck_out("meter");
    REQUIRE(out);
    CHECK(is_same_release(out->release, release));
    CHECK(out->reason.find("interrupted 3 times") != std::string::npos);
    CHECK_FALSE(out->by_hand);
    CHECK_FALSE(strikes.struck_out("other"));
    CHECK(read_file(state.path() / "health/meter.json").value().find("secret") == std::string::npos);
}

TEST_CASE("HealthStrikes: another release, or a verdict, begins again") {
    const TemporaryFolder state = TemporaryFolder::make().value();
    const HealthStrikes strikes(state.path());
    const Release first{std::string(40, 'a'), {}};
    const Release second{std::string(40, 'b'), {}};
    for (const Release& release : {first, first, second, second}) REQUIRE(strikes.begin("meter", release).ok());
    CHECK_FALSE(strikes.struck_out("meter"));
    strikes.end("meter");
    CHECK_FALSE(is_there(state.path() / "health"));
    for (const Release& release : {second, second}) REQUIRE(strikes.begin("meter", release).ok());
    CHECK_FALSE(strikes.struck_out("meter"));
}

TEST_CASE("HealthStrikes: a damaged file has no strikes") {
    const TemporaryFolder state = TemporaryFolder::make().value();
    const HealthStrikes strikes(state.path());
    fs::create_directories(state.path() / "health");
    for (const std::string& text :
         {std::string("{"), std::string("[]"), std::string(R"({"strikes": "many"})"), std::string(100'000, '[')}) {
        REQUIRE(write_file_atomically(state.path() / "health/meter.json", text).ok());
        CHECK_FALSE(strikes.struck_out("meter"));
    }
    CHECK(strikes.begin("meter", {std::string(40, 'a'), {}}).ok());
}

}  // namespace gup
