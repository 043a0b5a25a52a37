// SPDX-License-Identifier: Apache-2.0
#include "doctor/hold_checks.hpp"

#include <doctest/doctest.h>

using namespace gup;

TEST_CASE("diagnose_holds: only a hold without an end that is old is told") {
    const UnixTime day = 86400;
    const UnixTime now = 100 * day;
    Diagnosis diagnosis;
    diagnose_holds({{"old", now - 31 * day, 0, "the meter is replaced", "pi"},
                    {"young", now - 29 * day, 0, "", ""},
                    {"ends", now - 90 * day, now + day, "", ""}},
                   now, diagnosis);
    REQUIRE(diagnosis.notes.size() == 1);
    CHECK(diagnosis.notes.front().starts_with(
        "old has been on hold for 31 days, without an end (the meter is replaced)"));
    CHECK(diagnosis.notes.front().find("gup-agent unhold old") != std::string::npos);
    CHECK(diagnosis.findings.empty());
}
