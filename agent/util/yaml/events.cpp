// SPDX-License-Identifier: Apache-2.0
#include "util/yaml/events.hpp"

#include <yaml.h>

#include <algorithm>
#include <cstddef>
#include <vector>

#include "util/utf8.hpp"

namespace gup::yaml {
namespace {

// libyaml ends a line at LF, CR, CRLF, and at U+0085, U+2028 and U+2029. Length of the line break; 0: none.
std::size_t break_length(std::string_view rest) {
    if (rest.starts_with("\r\n")) return 2;
    if (rest.starts_with('\n') || rest.starts_with('\r')) return 1;
    if (rest.starts_with("\xc2\x85")) return 2;
    return rest.starts_with("\xe2\x80\xa8") || rest.starts_with("\xe2\x80\xa9") ? 3 : 0;
}

std::string text_of(const yaml_char_t* text) {
    return text == nullptr ? std::string{} : std::string(reinterpret_cast<const char*>(text));
}

Style style_of(yaml_scalar_style_t style) {
    switch (style) {
        case YAML_SINGLE_QUOTED_SCALAR_STYLE:
            return Style::single_quoted;
        case YAML_DOUBLE_QUOTED_SCALAR_STYLE:
            return Style::double_quoted;
        case YAML_LITERAL_SCALAR_STYLE:
            return Style::literal;
        case YAML_FOLDED_SCALAR_STYLE:
            return Style::folded;
        default:
            return Style::plain;
    }
}

// libyaml speaks of what its scanner does; these are said in a person's words.
std::string words_for(const yaml_parser_t& parser) {
    const std::string problem = parser.problem == nullptr ? "" : parser.problem;
    if (problem == "found character that cannot start any token") return "a value cannot begin with this character";
    if (problem == "mapping values are not allowed in this context") return "a ':' is not allowed here";
    if (problem == "could not find expected ':'") return "a ':' is missing after a key";
    if (problem == "did not find expected key") return "a key is expected here; the indentation may be wrong";
    if (problem == "did not find expected '-' indicator") return "a '-' is expected here; the indentation may be wrong";
    if (problem == "did not find expected ',' or ']'") return "a ',' or ']' is missing";
    if (problem == "did not find expected ',' or '}'") return "a ',' or '}' is missing";
    if (problem == "found unexpected end of stream") return "the file ends inside of a quoted text";
    if (problem == "found a tab character that violates indentation" ||
        problem == "found a tab character where an indentation space is expected") {
        return "a tab cannot be used to indent";
    }
    if (problem == "block sequence entries are not allowed in this context") return "a '-' is not allowed here";
    if (problem == "control characters are not allowed") return "a control character is not allowed";
    return problem.empty() ? "it is no YAML" : problem;
}

}  // namespace

// Turns libyaml's columns in characters into bytes.
class ByteColumns {
public:
    explicit ByteColumns(std::string_view text) : text_(text) {
        is_ascii_ = std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80U; });
        if (is_ascii_) return;
        starts_.push_back(0);
        for (std::size_t at = 0; at < text.size();) {
            const std::size_t length = break_length(text.substr(at));
            at += std::max<std::size_t>(length, 1);
            if (length != 0) starts_.push_back(at);
        }
    }

    [[nodiscard]] std::size_t column(const yaml_mark_t& mark) const {
        if (is_ascii_ || mark.line >= starts_.size()) return mark.column + 1;
        std::string_view rest = text_.substr(starts_[mark.line]);
        const std::size_t all = rest.size();
        for (std::size_t i = 0; i < mark.column && !rest.empty(); ++i) {
            rest.remove_prefix(std::max<std::size_t>(first_character(rest).length, 1));
        }
        return all - rest.size() + 1;
    }

private:
    std::string_view text_;
    bool is_ascii_ = false;
    std::vector<std::size_t> starts_;
};

struct Parser::State {
    explicit State(std::string_view all) : text(all), lines(all) {
        is_ready = yaml_parser_initialize(&parser) != 0;
        if (!is_ready) return;
        yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
        yaml_parser_set_input_string(&parser, reinterpret_cast<const unsigned char*>(all.data()), all.size());
    }
    ~State() {
        if (is_ready) yaml_parser_delete(&parser);
    }
    State(const State&) = delete;
    State& operator=(const State&) = delete;

    [[nodiscard]] SyntaxError error() const;
    [[nodiscard]] Event event(const yaml_event_t& raw) const;
    void read_scalar(const yaml_event_t& raw, Event& event) const;

    std::string_view text;
    ByteColumns lines;
    yaml_parser_t parser{};
    bool is_ready = false;
};

SyntaxError Parser::State::error() const {
    // A quoted text or a list without its end is told where it begins.
    const bool is_open = parser.context != nullptr && parser.context_mark.line != parser.problem_mark.line &&
                         std::string_view(parser.context).starts_with("while scanning a quoted scalar");
    const yaml_mark_t& mark = is_open ? parser.context_mark : parser.problem_mark;
    SyntaxError error{static_cast<int>(mark.line) + 1, static_cast<int>(lines.column(mark)), words_for(parser)};
    if (parser.error == YAML_READER_ERROR) {
        const std::size_t at = std::min(parser.problem_offset, text.size());
        const std::string_view before = text.substr(0, at);
        const std::size_t start = before.find_last_of("\r\n") + 1;
        error.line = static_cast<int>(std::count(before.begin(), before.end(), '\n')) + 1;
        error.column = static_cast<int>(at - start) + 1;
    } else if (text.substr(std::min(parser.problem_mark.index, text.size())).starts_with('\t') &&
               error.message == "a value cannot begin with this character") {
        error.message = "a tab cannot be used to indent";
    }
    return error;
}

void Parser::State::read_scalar(const yaml_event_t& raw, Event& event) const {
    const auto& scalar = raw.data.scalar;
    event.value.assign(reinterpret_cast<const char*>(scalar.value), scalar.length);
    event.anchor = text_of(scalar.anchor);
    event.tag = text_of(scalar.tag);
    event.style = style_of(scalar.style);
    const std::size_t quotes = event.style == Style::plain ? 0 : 2;
    event.is_verbatim = event.style <= Style::double_quoted && event.anchor.empty() && event.tag.empty() &&
                        raw.start_mark.line == raw.end_mark.line &&
                        lines.column(raw.end_mark) - lines.column(raw.start_mark) == event.value.size() + quotes;
}

Event Parser::State::event(const yaml_event_t& raw) const {
    Event event{.line = static_cast<int>(raw.start_mark.line) + 1,
                .column = static_cast<int>(lines.column(raw.start_mark)),
                .value = {},
                .anchor = {},
                .tag = {}};
    switch (raw.type) {
        case YAML_SCALAR_EVENT:
            event.kind = EventKind::scalar;
            read_scalar(raw, event);
            break;
        case YAML_ALIAS_EVENT:
            event.kind = EventKind::alias;
            event.anchor = text_of(raw.data.alias.anchor);
            break;
        case YAML_SEQUENCE_START_EVENT:
            event.kind = EventKind::begin_sequence;
            event.anchor = text_of(raw.data.sequence_start.anchor);
            event.tag = text_of(raw.data.sequence_start.tag);
            break;
        case YAML_MAPPING_START_EVENT:
            event.kind = EventKind::begin_mapping;
            event.anchor = text_of(raw.data.mapping_start.anchor);
            event.tag = text_of(raw.data.mapping_start.tag);
            break;
        case YAML_SEQUENCE_END_EVENT:
            event.kind = EventKind::end_sequence;
            break;
        case YAML_MAPPING_END_EVENT:
            event.kind = EventKind::end_mapping;
            break;
        case YAML_DOCUMENT_START_EVENT:
            event.kind = EventKind::begin_document;
            break;
        case YAML_DOCUMENT_END_EVENT:
            event.kind = EventKind::end_document;
            break;
        default:
            break;
    }
    return event;
}

Parser::Parser(std::string_view text) : state_(std::make_unique<State>(text)) {}
Parser::~Parser() = default;

std::variant<Event, SyntaxError> Parser::next() {
    if (!state_->is_ready) return SyntaxError{1, 1, "there is no memory for a parser"};
    for (;;) {
        yaml_event_t raw{};
        if (yaml_parser_parse(&state_->parser, &raw) == 0) return state_->error();
        const bool is_start = raw.type == YAML_STREAM_START_EVENT;
        Event event = state_->event(raw);
        yaml_event_delete(&raw);
        if (!is_start) return event;
    }
}

}  // namespace gup::yaml
