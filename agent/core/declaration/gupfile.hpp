// SPDX-License-Identifier: Apache-2.0
// A connector's declaration. Two forms (legacy lines, TOML), one representation; parsers only fill it.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "util/result.hpp"

#include "core/declaration/requirement.hpp"
#include "core/declaration/update_window.hpp"

namespace gup {

// Its name in the connector's folder. A folder with this file is a connector.
inline constexpr const char* gupfile_name = "gupfile";
// A longer gupfile is not read; bytes.
inline constexpr std::uint64_t gupfile_limit = 64U << 10U;

enum class Layout : std::uint8_t { in_place, releases };
enum class Severity : std::uint8_t { warning, error };

// A problem at a place in a file that a person wrote.
struct Problem {
    Severity severity = Severity::error;
    int line = 0;    // from 1
    int column = 0;  // from 1, in bytes
    std::string message;
    std::string hint;
    std::string file{};  // relative path in the connector's folder; empty: the gupfile

    friend bool operator==(const Problem&, const Problem&) = default;
};

// "smart-meter/gupfile:3:10"; without the numbers where there are none. `folder`: "smart-meter/", or empty.
[[nodiscard]] std::string place_of(const Problem& problem, std::string_view folder);
// "smart-meter/gupfile:3:10: pyserial has no version\nhint: …".
[[nodiscard]] std::string display(const Problem& problem, std::string_view folder);

// True when one of them is an error.
[[nodiscard]] bool has_error(const std::vector<Problem>& problems);
// The first error of `problems`, which have one, and how many more there are: "gupfile:3:10: … (and 2 more)".
[[nodiscard]] Error error_of(const std::vector<Problem>& problems);

// The checks that a connector runs. All given ones must succeed.
struct HealthCheck {
    std::vector<std::string> command;  // program and arguments; exit code 0 means healthy; empty: none
    std::string http;                  // a 2xx answer means healthy; empty: none
    std::chrono::milliseconds within{60'000};
    std::chrono::milliseconds every{5'000};     // between two tries
    std::chrono::milliseconds timeout{20'000};  // of one try
};

// When a scheduled run may update the connector.
struct UpdateTimes {
    UpdateWindow window;
    std::string busy;   // a path, absolute or in the connector's folder: an update waits while it exists; empty: none
    std::string ready;  // relative path of a program; exit code 0 allows an update; empty: none
    std::chrono::milliseconds at_most{std::chrono::hours{7 * 24}};  // after this time `busy` and `ready` are ignored

    // False: at any time.
    [[nodiscard]] bool are_limited() const { return window.is_limited() || !busy.empty() || !ready.empty(); }
};

// The stacks of the repository: folders with a compose file.
struct ServicesSection {
    std::string folder = "services";    // relative path; each folder in it is a stack
    std::vector<std::string> profiles;  // of compose
    bool has_bare_names = false;        // units and containers are named without the stack
    bool unset_is_empty = false;        // a variable without a value is empty, and no error
    bool is_nightly = false;            // each night asks for the digests of the tags
    friend bool operator==(const ServicesSection&, const ServicesSection&) = default;
};

struct Gupfile {
    std::string branch;  // empty: the current branch
    Layout layout = Layout::in_place;
    std::string service;                   // a unit's full name; empty: none
    std::vector<std::string> persist;      // relative paths that the connector writes (layout releases)
    std::vector<std::string> exclude;      // patterns of files that no release gets (core/selection)
    std::string requirements;              // relative path of the file that declares the packages; empty: only `pins`
    std::vector<Requirement> pins;         // in file order; of the gupfile and of `requirements`
    std::vector<Requirement> constraints;  // versions for packages that others bring (-c of a requirements file)
    std::vector<std::string>
        index_options;        // "--index-url", "https://…": for the installer, where the operator allows it
    bool is_found = false;    // there is no gupfile: `requirements` is the only such file of the source
    std::string environment;  // a marker that must be true where the packages are installed; empty: anywhere
    bool is_missing = false;  // the code has no file that could declare packages
    bool is_lock = false;     // `requirements` names all packages, also those that others bring
    std::string pre_update;   // relative path in the connector's folder; empty: none
    std::string post_update;
    HealthCheck health;
    UpdateTimes update;
    ServicesSection services;
    std::vector<Problem> problems;  // warnings too

    // False when any problem is an error: then the pins are not to be acted on, but the code still is.
    [[nodiscard]] bool usable() const;
};

// Fails with the first error of a declaration that is not usable: "<where>: gupfile:3:10: pyserial has no version".
[[nodiscard]] Status require_usable(const Gupfile& gupfile, const std::string& where);

// A program in the connector's folder that the gupfile names: hooks, health.command, update.ready.
struct NamedProgram {
    std::string_view key;  // "pre-update"
    std::string path;
};
[[nodiscard]] std::vector<NamedProgram> named_programs(const Gupfile& gupfile);

// `pins` replace those of the same name, and are added after the others.
void overlay_pins(Gupfile& gupfile, const std::vector<Requirement>& pins);

// Parses either form; never fails as a whole. `problems` has each error and warning, with line, column and hint. UTF-8
// with or without BOM, LF, CRLF or CR-less last line. NUL bytes and invalid UTF-8 are an error. The same name twice
// (PEP 503): different version or source is an error, the same is a warning.
[[nodiscard]] Gupfile parse_gupfile(std::string_view text);

}  // namespace gup
