// SPDX-License-Identifier: Apache-2.0
#include "core/packaging/python_string.hpp"

#include <cstddef>
#include <cstdint>

#include "util/text.hpp"

namespace gup {
namespace {

// False for a surrogate, and for what is beyond Unicode.
bool append_character(std::string& out, std::uint32_t code) {
    if (code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) return false;
    const auto tail = [&](unsigned shift) { out += static_cast<char>(0x80U | ((code >> shift) & 0x3FU)); };
    if (code < 0x80) {
        out += static_cast<char>(code);
    } else if (code < 0x800) {
        out += static_cast<char>(0xC0U | (code >> 6U));
        tail(0);
    } else if (code < 0x10000) {
        out += static_cast<char>(0xE0U | (code >> 12U));
        tail(6);
        tail(0);
    } else {
        out += static_cast<char>(0xF0U | (code >> 18U));
        tail(12);
        tail(6);
        tail(0);
    }
    return true;
}

bool take_hexadecimal(std::string& out, std::string_view& rest, std::size_t digits) {
    if (rest.size() < digits) return false;
    std::uint32_t code = 0;
    for (const char c : rest.substr(0, digits)) {
        if (hex_value(c) < 0) return false;
        code = code << 4U | static_cast<std::uint32_t>(hex_value(c));
    }
    rest.remove_prefix(digits);
    return append_character(out, code);
}

bool is_octal(char c) {
    return c >= '0' && c <= '7';
}

bool take_octal(std::string& out, std::string_view& rest, char first) {
    auto code = static_cast<std::uint32_t>(first - '0');
    for (int i = 0; i < 2 && !rest.empty() && is_octal(rest.front()); ++i) {
        code = code << 3U | static_cast<std::uint32_t>(rest.front() - '0');
        rest.remove_prefix(1);
    }
    return append_character(out, code);
}

// `rest` begins after the '\'.
bool take_escape(std::string& out, std::string_view& rest) {
    constexpr std::string_view written = "\\'\"abfnrtv";
    constexpr std::string_view meant = "\\'\"\a\b\f\n\r\t\v";
    if (rest.empty()) return false;
    const char c = rest.front();
    rest.remove_prefix(1);
    if (const auto index = written.find(c); index != std::string_view::npos) {
        out += meant[index];
        return true;
    }
    if (is_octal(c)) return take_octal(out, rest, c);
    switch (c) {
        case '\n':
            return true;  // the line goes on
        case 'x':
            return take_hexadecimal(out, rest, 2);
        case 'u':
            return take_hexadecimal(out, rest, 4);
        case 'U':
            return take_hexadecimal(out, rest, 8);
        case 'N':
        case '\r':
        case '\0':
            return false;
        default:
            out += '\\';
            out += c;
            return true;
    }
}

}  // namespace

std::optional<std::string> python_string_value(std::string_view inner) {
    std::string out;
    out.reserve(inner.size());
    while (!inner.empty()) {
        const char c = inner.front();
        inner.remove_prefix(1);
        if (c == '\n' || c == '\r' || c == '\0') return std::nullopt;
        if (c != '\\') {
            out += c;
        } else if (!take_escape(out, inner)) {
            return std::nullopt;
        }
    }
    return out;
}

std::string python_string_literal(std::string_view value) {
    const bool has_double = contains(value, "\"");
    const char quote = has_double && !contains(value, "'") ? '\'' : '"';
    std::string out(1, quote);
    for (const char c : value) {
        switch (c) {
            case '\\':
                out += "\\\\";
                break;
            case '\n':
                out += "\\n";
                break;
            case '\r':
                out += "\\r";
                break;
            case '\0':
                out += "\\x00";
                break;
            // The literal ends at the first mark of its kind, also at one after a '\'.
            case '"':
                out += quote == '"' ? "\\x22" : "\"";
                break;
            default:
                out += c;
        }
    }
    return out + quote;
}

}  // namespace gup
