// SPDX-License-Identifier: Apache-2.0
// The events of a YAML stream with their places, by libyaml. Scalars are not typed: that is the composer's work.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

namespace gup::yaml {

enum class EventKind : std::uint8_t {
    scalar,
    alias,
    begin_sequence,
    end_sequence,
    begin_mapping,
    end_mapping,
    begin_document,
    end_document,
    end_of_stream,
};

enum class Style : std::uint8_t { plain, single_quoted, double_quoted, literal, folded };

struct Event {
    EventKind kind = EventKind::end_of_stream;
    int line = 0;    // from 1
    int column = 0;  // from 1, in bytes
    Style style = Style::plain;
    // Of a scalar: each byte of `value` is one byte of the file, behind the opening quote if there is one.
    bool is_verbatim = false;
    std::string value;   // of a scalar
    std::string anchor;  // the own one, or the one that an alias names
    std::string tag;     // "!reset", "tag:yaml.org,2002:str"; empty: none is written
};

struct SyntaxError {
    int line = 0;
    int column = 0;
    std::string message;
};

// One pass over a text. The text lives as long as the parser.
class Parser {
public:
    // `text` is UTF-8 without a byte order mark.
    explicit Parser(std::string_view text);
    ~Parser();
    Parser(const Parser&) = delete;
    Parser& operator=(const Parser&) = delete;

    // After an error or end_of_stream it is not called again.
    [[nodiscard]] std::variant<Event, SyntaxError> next();

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace gup::yaml
