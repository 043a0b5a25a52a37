// SPDX-License-Identifier: Apache-2.0
// The tables and keys of a gupfile in TOML: what the parser accepts, and what editors are told about it.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/declaration/gupfile.hpp"
#include "util/result.hpp"

namespace gup {

enum class GupfileType : std::uint8_t {
    text,   // one line, not empty
    texts,  // an array of them
    words,  // a text that is split at its blanks, or an array of texts
    time,   // "60s", "2m", or a number of seconds
};

struct GupfileKey {
    std::string_view name;  // "branch"
    GupfileType type = GupfileType::text;
    std::string_view example;                 // a value, as TOML
    std::string_view about;                   // one sentence, for editors
    std::string_view pattern{};               // a regular expression (ECMA-262) that each text matches; empty: any text
    std::vector<std::string_view> choices{};  // the only texts; empty: any
    std::chrono::seconds longest{};           // of a time
};

// A value of the right type. Each text of `texts` comes alone.
struct GupfileValue {
    std::string text{};
    std::vector<std::string> words{};
    std::chrono::seconds time{};
};

struct GupfileTable {
    std::string_view name;   // "connector"
    std::string_view about;  // one sentence
    struct Row {
        GupfileKey key;
        // Checks and keeps the value. Fails with message and hint.
        Status (*set)(Gupfile& gupfile, const GupfileValue& value) = nullptr;
    };
    std::vector<Row> rows;  // none: its keys are names of distributions
};

// All tables, in the order of the documentation.
[[nodiscard]] const std::vector<GupfileTable>& gupfile_tables();
// The keys of a pin that is a table.
[[nodiscard]] const std::vector<GupfileKey>& gupfile_pin_keys();
// Regular expressions of a pin's name, with its extras, and of its version.
inline constexpr std::string_view gupfile_name_pattern =
    R"(^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?(\s*\[[A-Za-z0-9._,\s-]*\])?$)";
inline constexpr std::string_view gupfile_version_pattern = R"(^\s*[A-Za-z0-9._+!][A-Za-z0-9._+!-]*\s*$)";

}  // namespace gup
