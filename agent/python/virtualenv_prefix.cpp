// SPDX-License-Identifier: Apache-2.0
#include "python/virtualenv_prefix.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "util/text.hpp"

namespace gup {
namespace {

constexpr std::string_view long_start = "#!/bin/sh\n'''exec' ";
// Before 5.1 Linux reads 128 bytes of a first line; pip and distlib use that number.
constexpr std::size_t longest_first_line = 127;

bool is_name_character(char c) {
    return is_letter_or_digit(c) || c == '_' || c == '-' || c == '.';
}

// The longest path of `from` that is at `at`, as a whole.
std::size_t match(std::string_view text, std::size_t at, const std::vector<std::string>& from) {
    if (at > 0 && is_name_character(text[at - 1])) return 0;
    std::size_t longest = 0;
    for (const std::string& path : from) {
        if (path.size() <= longest || text.substr(at, path.size()) != path) continue;
        const std::size_t end = at + path.size();
        if (end == text.size() || !is_name_character(text[end])) longest = path.size();
    }
    return longest;
}

struct Interpreter {
    std::string path;
    std::string arguments;  // with a blank in front; may be empty
};

// Of "/path/python -E" or, as pip (") and uv (') write it, a quoted path; a blank in the prefix itself is part of it.
std::optional<Interpreter> new_interpreter(std::string_view line, const PrefixChange& change) {
    line = trimmed(line);
    const std::string_view quote = line.starts_with('"') || line.starts_with('\'') ? line.substr(0, 1) : "";
    line.remove_prefix(quote.size());
    const std::size_t length = match(line, 0, change.from);
    if (length == 0 || line.substr(length, 1) != "/") return std::nullopt;
    const std::size_t end = std::min(line.find_first_of(quote.empty() ? " \t" : quote, length), line.size());
    Interpreter result{change.to + std::string(line.substr(length, end - length)), {}};
    result.arguments = line.substr(std::min(end + quote.size(), line.size()));
    return result;
}

// The text of pip's own template.
std::string first_lines(const Interpreter& interpreter) {
    std::string plain = fmt::format("#!{}{}\n", interpreter.path, interpreter.arguments);
    const bool has_blank = interpreter.path.find(' ') != std::string::npos;
    if (plain.size() - 1 <= longest_first_line && !has_blank) return plain;
    const std::string quote = has_blank ? "\"" : "";
    return fmt::format("{}{}{}{}{} \"$0\" \"$@\"\n' '''\n", long_start, quote, interpreter.path, quote,
                       interpreter.arguments);
}

}  // namespace

std::string with_prefix(std::string_view text, const PrefixChange& change) {
    std::string result;
    result.reserve(text.size());
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t length = text[at] == '/' ? match(text, at, change.from) : 0;
        if (length == 0) {
            result += text[at++];
        } else {
            result += change.to;
            at += length;
        }
    }
    return result;
}

std::optional<std::string> script_with_prefix(std::string_view text, const PrefixChange& change) {
    constexpr std::string_view tail = " \"$0\" \"$@\"";
    if (text.starts_with(long_start)) {
        std::string_view rest = text.substr(long_start.size());
        const std::string_view line = first_line(rest);
        rest.remove_prefix(std::min(line.size() + 1, rest.size()));
        const std::string_view closing = first_line(rest);
        if (!line.ends_with(tail) || trimmed(closing) != "' '''") return std::nullopt;
        rest.remove_prefix(std::min(closing.size() + 1, rest.size()));
        const auto interpreter = new_interpreter(line.substr(0, line.size() - tail.size()), change);
        if (!interpreter) return std::nullopt;
        return first_lines(*interpreter) + std::string(rest);
    }
    if (!text.starts_with("#!")) return std::nullopt;
    const std::string_view line = first_line(text);
    const auto interpreter = new_interpreter(line.substr(2), change);
    if (!interpreter) return std::nullopt;
    return first_lines(*interpreter) + std::string(text.substr(std::min(line.size() + 1, text.size())));
}

std::string link_with_prefix(const std::string& target, const PrefixChange& change) {
    const std::size_t length = match(target, 0, change.from);
    if (length == 0 || (length < target.size() && target[length] != '/')) return target;
    return change.to + target.substr(length);
}

}  // namespace gup
