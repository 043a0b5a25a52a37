// SPDX-License-Identifier: Apache-2.0
// The findings of `doctor`: problems of the next run, each with a hint.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gup {

struct Finding {
    std::string check;    // the rule's name, for scripts: "clock", "dns", "virtualenv", … (docs/json.md)
    std::string subject;  // a connector's name, or a part of the gateway: "clock", "scheduler", a path
    std::string what;     // the finding
    std::string why;      // its effect in the next run
    std::string hint;     // what a person can do

    friend bool operator==(const Finding&, const Finding&) = default;
};

struct Diagnosis {
    std::vector<Finding> findings;
    std::vector<std::string> notes;  // information without an effect
    int checks = 0;                  // the number of checks

    // Adds one check.
    void look() { ++checks; }
    void find(Finding finding) { findings.push_back(std::move(finding)); }
    void note(std::string text) { notes.push_back(std::move(text)); }
    void add(const Diagnosis& more) {
        checks += more.checks;
        findings.insert(findings.end(), more.findings.begin(), more.findings.end());
        notes.insert(notes.end(), more.notes.begin(), more.notes.end());
    }
};

// "40 s", "2 h 3 min", "3 days", for so many seconds; ignores the sign.
[[nodiscard]] std::string span_text(std::int64_t seconds);
// "12 MiB", "640 KiB".
[[nodiscard]] std::string size_text(std::uint64_t bytes);
// "a", "a and b", "a, b and c"; more than five: "a, b, c, d, e and 7 more".
[[nodiscard]] std::string list_text(const std::vector<std::string>& words);

}  // namespace gup
