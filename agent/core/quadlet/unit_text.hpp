// SPDX-License-Identifier: Apache-2.0
// Text of units: escaping, and lines in sections. Quadlet splits a value as systemd does, and writes it into a line that
// systemd reads: systemd.syntax(7), "COMMAND LINES" and "SPECIFIERS" of systemd.service(5) and systemd.unit(5).
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gup::quadlet {

// False for text that no unit can carry: NUL, bytes that are not UTF-8, and U+0080, which Quadlet makes a single byte.
[[nodiscard]] bool can_be_written(std::string_view text);

// True when every reader of a key takes `text` as it is: visible ASCII without blanks, quotes and backslashes; not empty.
[[nodiscard]] bool is_plain(std::string_view text);

// "100%" → "100%%": for keys whose value becomes no command line (Description).
[[nodiscard]] std::string escape_specifiers(std::string_view text);

// `%` and `$` doubled: for the value of a key that becomes a part of a command line, and is not split into words.
[[nodiscard]] std::string escape_value(std::string_view text);

// One word of a command line, of Environment=, Label= or PodmanArgs=; in quotes where it needs them. Never a raw newline.
[[nodiscard]] std::string escape_word(std::string_view word);

// Words that Quadlet passes on. It loses an empty word, and systemd takes a single ";" for the end of the command: both
// become variables, which `empty_variable` and `semicolon_variable` set in [Service].
struct EscapedWords {
    std::string text;
    bool has_empty = false;
    bool has_semicolon = false;
};
[[nodiscard]] EscapedWords escape_words(const std::vector<std::string>& words);
inline constexpr const char* empty_variable = "GUP_EMPTY=";
inline constexpr const char* semicolon_variable = "GUP_SEMICOLON=;";

// ["a","b\"c"]: podman reads commands of health checks and entrypoints so.
[[nodiscard]] std::string json_array(const std::vector<std::string>& words);

// One field of podman's --mount and --secret, in quotes where it has a comma or a quote (RFC 4180).
[[nodiscard]] std::string csv_field(std::string_view text);

// The lines of one unit, in the order in which they were added. Sections are in the order of their first line.
class UnitText {
public:
    void add(const std::string& section, const std::string& key, const std::string& value);
    // `comment` is one line, without "#".
    [[nodiscard]] std::string text(const std::string& comment) const;

private:
    struct Section {
        std::string name;
        std::string lines;
    };
    std::vector<Section> sections_;
};

}  // namespace gup::quadlet
