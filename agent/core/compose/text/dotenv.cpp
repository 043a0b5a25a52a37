// SPDX-License-Identifier: Apache-2.0
#include "core/compose/text/dotenv.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "core/yaml/node.hpp"
#include "util/text.hpp"
#include "util/utf8.hpp"

namespace gup::compose {
namespace {

constexpr std::size_t longest_value = 256U << 10U;
constexpr std::size_t longest_file = 16U << 20U;  // of all values
constexpr std::size_t problem_limit = 20;

bool is_space(char c) {
    return is_blank(c) && c != '\n';
}

bool is_name_character(char c) {
    return is_letter_or_digit(c) || std::string_view("_.-[]").find(c) != std::string_view::npos ||
           static_cast<unsigned char>(c) >= 0x80U;
}

class EnvReader {
public:
    EnvReader(std::string_view text, const VariableLookup& lookup) : text_(text), outside_(lookup) {}

    EnvFile read(EnvFormat format);

private:
    bool read_statement();
    void read_raw_line();
    [[nodiscard]] std::optional<std::string> read_quoted();
    [[nodiscard]] std::string_view read_unquoted();
    // Where each byte of `value` is written is not known when escapes were removed; then `at` is its beginning.
    [[nodiscard]] std::optional<std::string> expanded(std::string_view value, std::size_t at, bool is_exact);
    void keep(std::string name, std::string value, std::size_t at);
    void skip_spaces();
    void skip_line();
    bool fail(std::size_t at, std::string message, std::string hint = {}, Severity severity = Severity::error);
    [[nodiscard]] EnvLine place_of(std::size_t at) const;

    std::string_view text_;
    const VariableLookup& outside_;
    std::size_t at_ = 0;
    std::size_t size_ = 0;
    std::map<std::string, std::string, std::less<>> known_;
    EnvFile out_;
};

EnvLine EnvReader::place_of(std::size_t at) const {
    EnvLine line{.name = {}, .value = {}, .line = 1, .column = 1};
    std::size_t start = 0;
    for (std::size_t i = 0; i < at && i < text_.size(); ++i) {
        if (text_[i] != '\n') continue;
        ++line.line;
        start = i + 1;
    }
    line.column = static_cast<int>(at - start) + 1;
    return line;
}

bool EnvReader::fail(std::size_t at, std::string message, std::string hint, Severity severity) {
    if (out_.problems.size() >= problem_limit) return false;
    const EnvLine place = place_of(at);
    out_.problems.push_back({.severity = severity,
                             .line = place.line,
                             .column = place.column,
                             .message = std::move(message),
                             .hint = std::move(hint)});
    return false;
}

void EnvReader::keep(std::string name, std::string value, std::size_t at) {
    size_ += value.size();
    if (size_ > longest_file) {
        fail(at, "the values of the file are too long");
        at_ = text_.size();
        return;
    }
    known_[name] = value;
    EnvLine line{.name = std::move(name), .value = std::move(value), .line = 0, .column = 0};
    line.column = static_cast<int>(at);  // becomes a place when all are known
    out_.lines.push_back(std::move(line));
}

void EnvReader::skip_spaces() {
    while (at_ < text_.size() && is_space(text_[at_])) ++at_;
}

void EnvReader::skip_line() {
    const std::size_t newline = text_.find('\n', at_);
    at_ = newline == std::string_view::npos ? text_.size() : newline + 1;
}

std::optional<std::string> EnvReader::expanded(std::string_view value, std::size_t at, bool is_exact) {
    const auto lookup = [this](const std::string& name) -> std::optional<std::string> {
        if (auto outside = outside_(name)) return outside;
        const auto found = known_.find(name);
        return found == known_.end() ? std::nullopt : std::optional(found->second);
    };
    Interpolated done = interpolate(value, lookup, longest_value);
    if (done.flaw) {
        fail(is_exact ? at + done.flaw->offset : at, done.flaw->message, done.flaw->hint);
        return std::nullopt;
    }
    for (const UnsetUse& use : done.unset) {
        fail(
            is_exact ? at + use.offset : at, fmt::format("the variable {} has no value", use.name),
            fmt::format("it is empty here; give it a value before this line, or a default: ${{{}:-default}}", use.name),
            Severity::warning);
    }
    return std::move(done.text);
}

// Up to the quote; a backslash before a quote makes it a part of the text.
std::optional<std::string> EnvReader::read_quoted() {
    const char quote = text_[at_];
    const std::size_t start = at_;
    std::string value;
    for (++at_; at_ < text_.size(); ++at_) {
        const char c = text_[at_];
        if (c == quote) {
            ++at_;
            return value;
        }
        if (c == '\\' && at_ + 1 < text_.size()) {
            ++at_;
            if (text_[at_] != quote) value += '\\';
        }
        value += text_[at_];
    }
    fail(start, "the quote of this text has no end");
    return std::nullopt;
}

std::string_view EnvReader::read_unquoted() {
    const std::size_t start = at_;
    const std::size_t end = std::min(text_.find('\n', at_), text_.size());
    at_ = end;
    std::string_view value = text_.substr(start, end - start);
    value = value.substr(0, value.find(" #"));
    while (!value.empty() && is_blank(value.back())) value.remove_suffix(1);
    return value;
}

// \n and similar in a text in double quotes. "\$" becomes "$$", which interpolation turns into a $.
std::string without_escapes(std::string_view text) {
    constexpr std::string_view letters = "abfnrtv\"\\";
    constexpr std::string_view meanings = "\a\b\f\n\r\t\v\"\\";
    std::string out;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] != '\\' || at + 1 == text.size()) {
            out += text[at];
            continue;
        }
        const char next = text[++at];
        if (const std::size_t known = letters.find(next); known != std::string_view::npos) {
            out += meanings[known];
        } else if (next == '$') {
            out += "$$";
        } else {
            out += '\\';
            out += next;
        }
    }
    return out;
}

bool EnvReader::read_statement() {
    constexpr std::string_view keyword = "export";
    const std::string_view rest = text_.substr(at_);
    if (rest.starts_with(keyword) && rest.size() > keyword.size() && is_space(rest[keyword.size()])) {
        at_ += keyword.size();
        skip_spaces();
    }
    const std::size_t start = at_;
    while (at_ < text_.size() && is_name_character(text_[at_])) ++at_;
    std::string name(text_.substr(start, at_ - start));
    skip_spaces();
    const char separator = at_ < text_.size() ? text_[at_] : '\n';
    if (name.empty() || std::string_view("=:\n").find(separator) == std::string_view::npos) {
        const bool is_second_word = !name.empty() && is_name_character(separator);
        return fail(at_,
                    is_second_word ? "a variable's name has no blanks"
                                   : fmt::format("a variable's name cannot have '{}'", yaml::shown({&separator, 1})),
                    "write NAME=value");
    }
    if (separator == '\n') {
        if (auto value = outside_(name)) keep(std::move(name), *std::move(value), start);
        return true;
    }
    ++at_;
    skip_spaces();
    const std::size_t value_at = at_;
    const char quote = at_ < text_.size() ? text_[at_] : '\n';
    std::optional<std::string> value;
    if (quote == '\'' || quote == '"') {
        auto quoted = read_quoted();
        if (!quoted) return false;
        const bool is_exact = at_ - value_at == quoted->size() + 2 && !contains(*quoted, "\\");
        value = quote == '\'' ? std::move(quoted) : expanded(without_escapes(*quoted), value_at + 1, is_exact);
        skip_spaces();
        if (value && at_ < text_.size() && text_[at_] != '\n' && text_[at_] != '#') {
            return fail(at_, "there is a text after the closing quote", "put quotes around the whole value");
        }
    } else {
        const std::string_view plain = read_unquoted();
        value = expanded(plain, value_at, true);
    }
    if (!value) return false;
    keep(std::move(name), *std::move(value), start);
    return true;
}

void EnvReader::read_raw_line() {
    const std::size_t start = at_;
    skip_line();
    std::string_view line = text_.substr(start, at_ - start);
    while (line.ends_with('\n') || line.ends_with('\r')) line.remove_suffix(1);
    while (!line.empty() && is_space(line.front())) line.remove_prefix(1);
    if (line.empty() || line.front() == '#') return;
    const std::size_t equals = line.find('=');
    std::string name(line.substr(0, equals));
    if (name.empty() || name.find_first_of(" \t") != std::string::npos) {
        fail(start, "a variable's name is missing, or has blanks", "write NAME=value");
    } else if (equals == std::string_view::npos) {
        if (auto value = outside_(name)) keep(std::move(name), *std::move(value), start);
    } else {
        keep(std::move(name), std::string(line.substr(equals + 1)), start);
    }
}

EnvFile EnvReader::read(EnvFormat format) {
    while (at_ < text_.size()) {
        if (format == EnvFormat::raw) {
            read_raw_line();
            continue;
        }
        while (at_ < text_.size() && is_blank(text_[at_])) ++at_;
        if (at_ == text_.size()) break;
        if (text_[at_] != '#') (void)read_statement();
        skip_line();
    }
    // Places in one pass: the lines are in the order of the text.
    int line = 1;
    std::size_t start = 0;
    std::size_t reached = 0;
    for (EnvLine& one : out_.lines) {
        const auto at = static_cast<std::size_t>(one.column);
        for (; reached < at; ++reached) {
            if (text_[reached] != '\n') continue;
            ++line;
            start = reached + 1;
        }
        one.line = line;
        one.column = static_cast<int>(at - start) + 1;
    }
    return std::move(out_);
}

}  // namespace

EnvFile parse_env_file(std::string_view text, EnvFormat format, const VariableLookup& lookup) {
    EnvFile refused;
    const auto refuse = [&](int line, std::string message, std::string hint) {
        refused.problems.push_back({.severity = Severity::error,
                                    .line = line,
                                    .column = line == 0 ? 0 : 1,
                                    .message = std::move(message),
                                    .hint = std::move(hint)});
        return refused;
    };
    if (text.size() > env_file_limit) return refuse(0, "the file has more than 1 MiB", "");
    const auto plain = without_byte_order_mark(text);
    if (!plain) return refuse(1, utf16_message, utf16_hint);
    const std::size_t wrong = std::min(first_wrong_byte(*plain), plain->find('\0'));
    if (wrong < plain->size()) {
        const std::string_view before = plain->substr(0, wrong);
        const auto line = static_cast<int>(std::count(before.begin(), before.end(), '\n')) + 1;
        return refuse(line, (*plain)[wrong] == '\0' ? "the line has a NUL byte" : "the line is no UTF-8", utf16_hint);
    }
    return EnvReader(*plain, lookup).read(format);
}

}  // namespace gup::compose
