// SPDX-License-Identifier: Apache-2.0
#include "source/gitconfig/config_text.hpp"

#include <fmt/format.h>

#include "util/text.hpp"

namespace gup::git {
namespace {

constexpr int at_end = -1;

bool is_key_letter(int c) {
    return c != at_end && (is_letter_or_digit(static_cast<char>(c)) || c == '-');
}

bool is_space(int c) {
    return c != at_end && is_blank(static_cast<char>(c));
}

class ConfigParser {
public:
    ConfigParser(std::string_view text, const std::string& file) : rest_(text), file_(file) {
        constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
        if (rest_.starts_with(byte_order_mark)) rest_.remove_prefix(byte_order_mark.size());
    }

    Result<ConfigValues> parse() {
        for (int c = next(); c != at_end; c = next()) {
            if (is_space(c)) continue;
            if (c == '#' || c == ';') {
                skip_line();
            } else if (c == '[') {
                GUP_CHECK(take_section());
            } else if (!is_letter(static_cast<char>(c))) {
                return bad("neither a key nor a [section]");
            } else {
                GUP_CHECK(take_value(c));
            }
        }
        return std::move(values_);
    }

private:
    // CR LF is one line end.
    int next() {
        if (rest_.empty()) return at_end;
        if (rest_.starts_with("\r\n")) rest_.remove_prefix(1);
        const int c = static_cast<unsigned char>(rest_.front());
        rest_.remove_prefix(1);
        if (is_line_over_) ++line_;
        is_line_over_ = c == '\n';
        return c;
    }

    void skip_line() {
        while (!is_line_over_ && next() != at_end) {
        }
    }

    [[nodiscard]] Error bad(std::string_view reason) const {
        return config_error(fmt::format("{}, line {}", file_, line_), reason);
    }

    Status take_section() {
        section_.clear();
        for (;;) {
            const int c = next();
            if (c == ']') {
                section_ = lower(section_) + ".";
                return {};
            }
            if (is_space(c) && c != '\n') return take_subsection();
            if (!is_key_letter(c) && c != '.') return bad("the [section] has no ]");
            section_ += static_cast<char>(c);
        }
    }

    // "[section "Sub"]": the case of Sub matters.
    Status take_subsection() {
        section_ = lower(section_) + ".";
        int c = next();
        while (is_space(c) && c != '\n') c = next();
        if (c != '"') return bad("the [section] has no ]");
        for (c = next(); c != '"'; c = next()) {
            if (c == '\\') c = next();
            if (c == at_end || c == '\n') return bad("the name in quotes has no end");
            section_ += static_cast<char>(c);
        }
        section_ += '.';
        return next() == ']' ? Status{} : bad("the [section] has no ]");
    }

    Status take_value(int c) {
        ConfigValue one{section_, std::nullopt, file_, line_};
        for (; is_key_letter(c); c = next()) one.name += static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
        while (c == ' ' || c == '\t') c = next();
        if (c == '=') {
            GUP_TRY(one.value, take_text());
        } else if (c != '\n' && c != at_end) {
            return bad("the key has no =");
        }
        values_.push_back(std::move(one));
        return {};
    }

    Result<std::string> take_text() {
        std::string text;
        std::size_t blanks = 0;  // not part of it, unless more follows
        bool is_quoted = false;
        for (int c = next(); c != at_end && c != '\n'; c = next()) {
            if (!is_quoted && is_space(c)) {
                if (!text.empty()) ++blanks;
                continue;
            }
            if (!is_quoted && (c == '#' || c == ';')) {
                skip_line();
                return text;
            }
            text.append(std::exchange(blanks, 0), ' ');
            if (c == '"') {
                is_quoted = !is_quoted;
            } else if (c == '\\') {
                GUP_CHECK(take_escape(text));
            } else {
                text += static_cast<char>(c);
            }
        }
        if (is_quoted) return bad("the text in quotes has no end");
        return text;
    }

    Status take_escape(std::string& text) {
        const int c = next();
        constexpr std::string_view letters = "tbn\"\\";
        constexpr std::string_view meanings = "\t\b\n\"\\";
        if (c == '\n' || c == at_end) return {};  // the value goes on in the next line
        const auto found = letters.find(static_cast<char>(c));
        if (found == std::string_view::npos) return bad("a backslash before a letter that needs none");
        text += meanings[found];
        return {};
    }

    std::string_view rest_;
    const std::string& file_;
    std::string section_;  // with its dot
    int line_ = 1;
    bool is_line_over_ = false;
    ConfigValues values_;
};

}  // namespace

std::string ConfigValue::place() const {
    return line == 0 ? file : fmt::format("{}, line {}", file, line);
}

Error config_error(const std::string& place, std::string_view reason) {
    return {ErrorCode::invalid_input, fmt::format("git's configuration, {}: {}", place, reason),
            fmt::format("correct {}; git refuses it as well, so git config --list shows when it is right", place),
            Cause::git_config};
}

Result<ConfigValues> parse_config_text(std::string_view text, const std::string& file) {
    return ConfigParser(text, file).parse();
}

std::optional<bool> boolean_of(const std::optional<std::string>& value) {
    if (!value) return true;
    const std::string text = lower(*value);
    if (text == "true" || text == "yes" || text == "on") return true;
    if (text.empty() || text == "false" || text == "no" || text == "off") return false;
    std::string_view digits = text;
    std::string_view unit = digits.substr(std::min(digits.find_first_of("kmg"), digits.size()));
    if (unit.size() > 1) return std::nullopt;
    digits.remove_suffix(unit.size());
    if (digits.starts_with('+')) digits.remove_prefix(1);
    const auto number = number_in<int>(digits);
    return number ? std::optional(*number != 0) : std::nullopt;
}

std::string format_config_text(const ConfigValues& values) {
    const auto quoted = [](std::string_view text, bool is_value) {
        std::string out = "\"";
        for (const char c : text) {
            if (c == '"' || c == '\\') out += '\\';
            if (is_value && c == '\n') {
                out += "\\n";
            } else {
                out += c;
            }
        }
        return out + "\"";
    };
    std::string text;
    for (const ConfigValue& one : values) {
        const auto first = one.name.find('.');
        const auto last = one.name.rfind('.');
        text += "[" + one.name.substr(0, first);
        if (first != last) text += " " + quoted(std::string_view(one.name).substr(first + 1, last - first - 1), false);
        text += "]\n\t" + one.name.substr(last + 1);
        if (one.value) text += " = " + quoted(*one.value, true);
        text += "\n";
    }
    return text;
}

}  // namespace gup::git
