// SPDX-License-Identifier: Apache-2.0
// Shared code of the tests of doctor's rules.
#pragma once

#include <doctest/doctest.h>

#include <string>

#include "doctor/findings.hpp"
#include "fixture.hpp"

namespace gup {

using test::holds;

// The diagnosis of a rule for some facts; each rule is counted as one check.
template <class Facts>
Diagnosis diagnosed(void (*rule)(const Facts&, Diagnosis&), const Facts& facts) {
    Diagnosis diagnosis;
    rule(facts, diagnosis);
    CHECK(diagnosis.checks == 1);
    return diagnosis;
}

// The finding for facts that give one finding and no note.
template <class Facts>
Finding only_finding(void (*rule)(const Facts&, Diagnosis&), const Facts& facts) {
    const Diagnosis diagnosis = diagnosed(rule, facts);
    REQUIRE(diagnosis.findings.size() == 1);
    CHECK(diagnosis.notes.empty());
    for (const std::string& text :
         {diagnosis.findings[0].what, diagnosis.findings[0].why, diagnosis.findings[0].hint}) {
        CHECK_FALSE(text.empty());
    }
    return diagnosis.findings[0];
}

template <class Facts>
bool finds_nothing(void (*rule)(const Facts&, Diagnosis&), const Facts& facts) {
    const Diagnosis diagnosis = diagnosed(rule, facts);
    return diagnosis.findings.empty() && diagnosis.notes.empty();
}

}  // namespace gup
