// SPDX-License-Identifier: Apache-2.0
#include "core/selection/export_attributes.hpp"

#include <algorithm>

#include "util/text.hpp"

namespace gup {
namespace {

constexpr std::string_view export_ignore = "export-ignore";
constexpr std::string_view blanks = " \t\r\n";
constexpr std::string_view macro_mark = "[attr]";
constexpr std::size_t longest_line = 2048;  // git leaves out longer ones

bool is_attribute_name(std::string_view name) {
    const auto is_allowed = [](char c) { return is_letter_or_digit(c) || c == '-' || c == '.' || c == '_'; };
    return !name.empty() && name.front() != '-' && std::all_of(name.begin(), name.end(), is_allowed);
}

std::string_view take_word(std::string_view& text) {
    const std::string_view word = text.substr(0, text.find_first_of(blanks));
    text.remove_prefix(word.size());
    text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size()));
    return word;
}

bool is_octal(char c) {
    return c >= '0' && c <= '7';
}

// The character of "\n", "\"" or "\101", behind the backslash. Nullopt: git does not know it.
std::optional<char> take_escape(std::string_view text, std::size_t& at) {
    constexpr std::string_view letters = "abfnrtv\\\"";
    constexpr std::string_view meant = "\a\b\f\n\r\t\v\\\"";
    if (at >= text.size()) return std::nullopt;
    if (const auto found = letters.find(text[at]); found != std::string_view::npos) {
        ++at;
        return meant[found];
    }
    if (text[at] > '3' || text.size() - at < 3 || !is_octal(text[at]) || !is_octal(text[at + 1]) ||
        !is_octal(text[at + 2])) {
        return std::nullopt;
    }
    const int value = ((text[at] - '0') * 64) + ((text[at + 1] - '0') * 8) + (text[at + 2] - '0');
    at += 3;
    return static_cast<char>(value);
}

// A pattern in quotes, and the text behind it.
std::optional<std::string> take_quoted(std::string_view& text) {
    std::string pattern;
    for (std::size_t at = 1; at < text.size();) {
        const char c = text[at++];
        if (c == '"') {
            text.remove_prefix(at);
            text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size()));
            return pattern;
        }
        if (c != '\\') {
            pattern += c;
            continue;
        }
        const auto escaped = take_escape(text, at);
        if (!escaped) return std::nullopt;
        pattern += *escaped;
    }
    return std::nullopt;
}

}  // namespace

std::optional<ExportAttributes::Line> ExportAttributes::parse(std::string_view text, bool is_at_top) {
    text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size()));
    if (text.empty() || text.front() == '#') return std::nullopt;
    Line line;
    std::optional<std::string> quoted;
    if (text.front() == '"') quoted = take_quoted(text);
    std::string pattern = quoted ? *quoted : std::string(take_word(text));
    if (pattern.size() > macro_mark.size() && pattern.starts_with(macro_mark)) {
        line.name = pattern.substr(macro_mark.size());
        if (!is_at_top || !is_attribute_name(line.name)) return std::nullopt;
    }
    while (!text.empty()) {
        std::string_view word = take_word(text);
        const std::string_view name = word.substr(0, word.find('='));
        State state{std::string(name), name.size() == word.size() ? Value::set : Value::text};
        if (name.starts_with('-') || name.starts_with('!')) {
            state = {std::string(name.substr(1)), name.front() == '-' ? Value::unset : Value::unspecified};
        }
        if (!is_attribute_name(state.name)) return std::nullopt;
        line.states.push_back(std::move(state));
    }
    if (!line.name.empty()) return line;
    if (pattern.starts_with('!')) return std::nullopt;
    if (pattern.ends_with('/')) {
        line.is_of_folders = true;
        pattern.pop_back();
    }
    line.is_of_names = pattern.find('/') == std::string::npos;
    if (pattern.starts_with('/')) pattern.erase(0, 1);
    line.pattern = Glob(pattern, line.is_of_names ? Glob::Of::name : Glob::Of::path);
    return line;
}

void ExportAttributes::add(const std::string& folder, std::string_view text) {
    std::vector<Line>& lines = folders_[folder];
    while (!text.empty()) {
        const std::string_view one = take_until(text, '\n');
        if (one.size() >= longest_line) continue;
        auto line = parse(one, folder.empty());
        if (!line) continue;
        has_any_ = has_any_ || std::any_of(line->states.begin(), line->states.end(), [](const State& state) {
                       return state.name == export_ignore && state.value == Value::set;
                   });
        if (line->pattern) {
            lines.push_back(*std::move(line));
        } else {
            macros_[line->name] = std::move(line->states);
        }
    }
}

// What is known already stays: lines are read from the last to the first, words from the right to the left.
void ExportAttributes::learn(Known& known, const std::vector<State>& states) const {
    for (auto state = states.rbegin(); state != states.rend(); ++state) {
        if (!known.emplace(state->name, state->value).second || state->value != Value::set) continue;
        if (const auto macro = macros_.find(state->name); macro != macros_.end()) learn(known, macro->second);
    }
}

bool ExportAttributes::matches(const Line& line, std::string_view below, bool is_folder) {
    if (line.is_of_folders && !is_folder) return false;
    return line.pattern->matches(line.is_of_names ? below.substr(below.rfind('/') + 1) : below);
}

void ExportAttributes::learn_in(Known& known, const std::string& folder, std::string_view path, bool is_folder) const {
    const auto found = folders_.find(folder);
    if (found == folders_.end()) return;
    const std::string_view below = folder.empty() ? path : path.substr(folder.size() + 1);
    for (auto line = found->second.rbegin(); line != found->second.rend(); ++line) {
        if (matches(*line, below, is_folder)) learn(known, line->states);
    }
}

bool ExportAttributes::ignores(std::string_view path, bool is_folder) const {
    if (!has_any_) return false;
    Known known;
    std::string folder(path);
    while (!folder.empty()) {
        const auto slash = folder.rfind('/');
        folder.resize(slash == std::string::npos ? 0 : slash);
        learn_in(known, folder, path, is_folder);
        if (const auto found = known.find(export_ignore); found != known.end()) return found->second == Value::set;
    }
    return false;
}

}  // namespace gup
