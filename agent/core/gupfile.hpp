// A connector's declaration. Two forms (legacy lines, TOML), one representation; parsers only fill it.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/requirement.hpp"

namespace gup {

enum class Layout : std::uint8_t { in_place, releases };
enum class Severity : std::uint8_t { warning, error };

// Something wrong at a place in a file that a person wrote.
struct Problem {
    Severity severity = Severity::error;
    int line = 0;    // from 1
    int column = 0;  // from 1, in bytes
    std::string message;
    std::string hint;

    friend bool operator==(const Problem&, const Problem&) = default;
};

// "smart-meter/gupfile:3:10: pyserial has no version\nhint: …"
[[nodiscard]] std::string display(const Problem& problem, std::string_view file);

struct HealthCheck {
    std::string command;  // empty: none
    std::chrono::seconds within{60};
};

struct Gupfile {
    std::string branch;  // empty: the current branch
    Layout layout = Layout::in_place;
    std::string service;
    std::vector<std::string> persist;  // relative paths that the connector writes (layout releases)
    std::vector<Requirement> pins;     // in file order, each name once
    std::string pre_update;
    std::string post_update;
    HealthCheck health;
    std::vector<Problem> problems;  // warnings too

    // False when any problem is an error: then the pins are not to be acted on, but the code still is.
    [[nodiscard]] bool usable() const;
};

// Parses either form; never fails as a whole. What is wrong stands in `problems`, each with line, column and hint.
// UTF-8 with or without BOM, LF, CRLF or CR-less last line. NUL bytes and invalid UTF-8 are an error.
// The same name twice (PEP 503): different version or source is an error, the same is a warning.
[[nodiscard]] Gupfile parse_gupfile(std::string_view text);

}  // namespace gup
