// SPDX-License-Identifier: Apache-2.0
// Markers of requirements (PEP 508, and the sets of PEP 751): `python_version >= "3.8" and extra == "socks"`.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/packaging/marker_term.hpp"
#include "util/result.hpp"

namespace gup {

// The values that a Python and its machine have for the variables.
struct MarkerEnvironment {
    std::string implementation_name;
    std::string implementation_version;
    std::string os_name;
    std::string platform_machine;
    std::string platform_python_implementation;
    std::string platform_release;
    std::string platform_system;
    std::string platform_version;
    std::string python_full_version;
    std::string python_version;
    std::string sys_platform;

    friend bool operator==(const MarkerEnvironment&, const MarkerEnvironment&) = default;
};

class Marker {
public:
    // Fails with invalid_input and a reason. `mistake_at`, if any, becomes the byte in `text` where the mistake is.
    [[nodiscard]] static Result<Marker> parse(std::string_view text, std::size_t* mistake_at = nullptr);

    // As packaging evaluates them. `extra == "x"` is true when x is one of `extras`; with no extras, `extra` is the empty
    // text. `"x" in extras` and `"x" in dependency_groups` look into the two lists. Names of extras and groups are
    // normalized. An undefined comparison is false.
    [[nodiscard]] bool evaluate(const MarkerEnvironment& environment, const std::vector<std::string>& extras = {},
                                const std::vector<std::string>& dependency_groups = {}) const;

    // Why the marker has no meaning in any environment, e.g. `os_name ~= "posix"` or `"a" == "b"`: pip fails on such a
    // requirement. Nullopt if all comparisons have a meaning.
    [[nodiscard]] std::optional<std::string> undefined_comparison() const;

    // In normal form: double quotes, single blanks, today's names of variables, normalized names of extras.
    [[nodiscard]] std::string text() const;

    friend bool operator==(const Marker& one, const Marker& other) { return one.text() == other.text(); }

private:
    std::vector<MarkerTerm> terms_;
};

}  // namespace gup
