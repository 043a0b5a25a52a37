// SPDX-License-Identifier: Apache-2.0
#include "core/declaration/gupfile.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "core/declaration/gupfile_keys.hpp"
#include "core/declaration/gupfile_pin.hpp"
#include "core/declaration/gupfile_toml.hpp"
#include "core/declaration/gupfile_values.hpp"
#include "core/declaration/requirement.hpp"
#include "util/text.hpp"
#include "util/utf8.hpp"

namespace gup {
namespace {

using detail::add_error;
using detail::add_pin;
using detail::Field;
using detail::PinFields;
using detail::Place;
using detail::quoted;
using detail::shown;

struct Line {
    std::string_view text;  // without the line end
    int number = 0;         // from 1
};

std::vector<Line> lines_of(std::string_view text) {
    std::vector<Line> lines;
    int number = 0;
    while (!text.empty()) lines.push_back({take_until(text, '\n'), ++number});
    return lines;
}

Place place_of(const Line& line, std::size_t offset) {
    return {line.number, static_cast<int>(offset) + 1};
}

// Reports bytes that no text has. Returns whether the line is text.
bool check_bytes(const Line& line, Gupfile& gupfile) {
    if (const auto nul = line.text.find('\0'); nul != std::string_view::npos) {
        add_error(gupfile, place_of(line, nul), "there is a NUL byte in the line",
                  "the file is damaged: git checkout -- gupfile brings back the committed one");
        return false;
    }
    if (const auto wrong = first_wrong_byte(line.text); wrong < line.text.size()) {
        add_error(gupfile, place_of(line, wrong), "the line is not UTF-8", "save the file as UTF-8");
        return false;
    }
    return true;
}

// The kind of git conflict marker: '<', '|', '=' or '>'; NUL for another line.
char conflict_marker(std::string_view line) {
    constexpr std::size_t length = 7;
    line = line.ends_with('\r') ? line.substr(0, line.size() - 1) : line;
    if (line.size() < length || std::string_view("<|=>").find(line[0]) == std::string_view::npos) return '\0';
    const char marker = line[0];
    const auto end = std::min(line.find_first_not_of(marker), line.size());
    if (end != length || (line.size() > length && line[length] != ' ')) return '\0';
    return marker;
}

// The lines that are text and outside of an unresolved conflict. Reports the problems of the others.
std::vector<Line> readable_lines(std::string_view text, Gupfile& gupfile) {
    std::vector<Line> readable;
    bool in_conflict = false;
    for (const Line& line : lines_of(text)) {
        const char marker = conflict_marker(line.text);
        if (marker == '<' && !in_conflict) {
            add_error(gupfile, place_of(line, 0), "an unresolved merge conflict begins here",
                      "keep the right lines, and remove the lines with <<<<<<<, ======= and >>>>>>>");
            in_conflict = true;
        } else if (marker != '\0' && !in_conflict) {
            add_error(gupfile, place_of(line, 0), "a marker of a merge conflict is left over", "remove the line");
        } else if (marker == '>') {
            in_conflict = false;
        } else if (!in_conflict && check_bytes(line, gupfile)) {
            readable.push_back(line);
        }
    }
    return readable;
}

bool has_letter(std::string_view text) {
    return std::any_of(text.begin(), text.end(), is_letter);
}

bool is_version_or_name_char(char c) {
    return is_letter_or_digit(c) || std::string_view("._+!-").find(c) != std::string_view::npos;
}

bool is_significant(std::string_view trimmed_line) {
    return !trimmed_line.empty() && trimmed_line.front() != '#';
}

// True for `key = "…"`, `a.b = {…}`, `health.within = 60`; not for `name==1.0`, and not for `name = 1.0`, a typo of the
// legacy form.
bool is_toml_key(std::string_view line) {
    const auto equals = line.find('=');
    if (equals == std::string_view::npos || line.find(',') < equals) return false;
    const std::string_view key = trimmed(line.substr(0, equals));
    const std::string_view value = trimmed(line.substr(equals + 1));
    const bool is_quoted = key.find_first_of("\"'") != std::string_view::npos;
    const bool is_key = !key.empty() && std::all_of(key.begin(), key.end(), [is_quoted](char c) {
        return is_version_or_name_char(c) || std::string_view("\"' \t").find(c) != std::string_view::npos ||
               (is_quoted && std::string_view("[]").find(c) != std::string_view::npos);
    });
    if (!is_key || value.starts_with('=')) return false;
    if (!value.empty() && std::string_view("\"'{[").find(value[0]) != std::string_view::npos) return true;
    const std::string_view first = trimmed(key.substr(0, key.find('.')));
    const auto& tables = gupfile_tables();
    return std::any_of(tables.begin(), tables.end(), [&](const GupfileTable& table) { return table.name == first; });
}

bool is_toml(const std::vector<Line>& lines) {
    for (const Line& line : lines) {
        const std::string_view text = trimmed(line.text);
        if (is_significant(text)) return text.front() == '[' || is_toml_key(text);
    }
    return false;
}

// Where a name, with its extras, ends in "requests[socks]>=2".
std::size_t end_of_name(std::string_view text) {
    const auto end = text.find_first_of("<>~!=;:@, \t");
    const auto open = text.find('[');
    if (open == std::string_view::npos || !is_distribution_name(trimmed(text.substr(0, open)))) return end;
    const auto close = text.find(']', open);
    if (close == std::string_view::npos) return end;
    return close + 1 == text.size() ? std::string_view::npos : close + 1;
}

// A distribution's name with its extras; empty for anything else. Only digits are a date or a version, not a name.
std::string probable_name(std::string_view text) {
    const auto [name, extras, mistake, mistake_at] = detail::split_extras(text);
    if (!is_distribution_name(name) || !has_letter(name)) return {};
    if (extras.empty() || !mistake.empty()) return shown(name);
    return fmt::format("{}[{}]", shown(name), shown(fmt::format("{}", fmt::join(extras, ","))));
}

// The part that looks like a version in "; Version: 3.0.3", "==3.0.3 ; python_version…": "3.0.3"; empty if there is
// none.
std::string_view probable_version(std::string_view text) {
    constexpr std::string_view between = ";:=,@ \t";
    text = text.substr(std::min(text.find_first_not_of(between), text.size()));
    if (lower(text.substr(0, 7)) == "version") text = text.substr(7);
    text = text.substr(std::min(text.find_first_not_of(between), text.size()));
    text = text.substr(0, text.find_first_of("; \t#,"));
    const bool begins = !text.empty() && (is_digit(text[0]) || (text.size() > 1 && (text[0] == 'v' || text[0] == 'V')));
    return begins && std::all_of(text.begin(), text.end(), is_version_or_name_char) ? text : std::string_view{};
}

// Reports a line that is not name,version, with the probable intention.
void complain_about(const Line& line, std::size_t offset, std::string_view text, Gupfile& gupfile) {
    if (text.starts_with("git+") || text.starts_with("-")) {
        add_error(gupfile, place_of(line, offset), fmt::format("{} is not a pin", quoted(text)),
                  "a pin with a source is NAME,VERSION,git+https://…");
        return;
    }
    const auto split = end_of_name(text);
    const std::string name = probable_name(text.substr(0, split));
    if (name.empty()) {
        add_error(gupfile, place_of(line, offset), fmt::format("{} is not a pin", quoted(text)),
                  "a pin is NAME,VERSION; a comment begins with #");
        return;
    }
    if (split == std::string_view::npos) {
        add_error(gupfile, place_of(line, offset + text.size()), fmt::format("{} has no version", shown(text)),
                  fmt::format("add a version: {},VERSION", name));
        return;
    }
    const std::string_view rest = trimmed(text.substr(split));
    const Place there = place_of(line, offset + split);
    const bool several = rest.find_first_of("<>~!*") < rest.find_first_of(";#");
    if (rest.find("git+") != std::string_view::npos) {
        add_error(gupfile, there, fmt::format("{} is written as in a requirements.txt", quoted(text)),
                  fmt::format("write {},VERSION,git+https://…", name));
    } else if (rest.starts_with("==") && !several && !probable_version(rest).empty()) {
        add_error(gupfile, there, fmt::format("{} is written as in a requirements.txt", quoted(text)),
                  fmt::format("write {},{}", name, shown(probable_version(rest))));
    } else if (std::string_view("<>~!,").find(rest[0]) != std::string_view::npos || rest.starts_with("==")) {
        add_error(gupfile, there, fmt::format("{} is a range of versions, and a pin names exactly one", quoted(text)),
                  fmt::format("write one version: {},VERSION", name));
    } else if (const auto version = probable_version(rest); !version.empty()) {
        add_error(gupfile, there, fmt::format("there is no comma between name and version: {}", quoted(text)),
                  fmt::format("write {},{}", name, shown(version)));
    } else {
        add_error(gupfile, there, fmt::format("{} is not a pin", quoted(text)),
                  fmt::format("a pin is {},VERSION", name));
    }
}

// `requests>=2.0,<3.0`, `requests,>=2.0,<3.0`: the commas of a requirements.txt.
bool is_requirement_line(const std::vector<Field>& fields) {
    constexpr std::string_view operators = "<>~!=";
    const bool in_name = fields[0].text.find_first_of(operators) != std::string_view::npos;
    return in_name || (fields.size() > 2 && !fields[2].text.empty() &&
                       operators.find(fields[2].text[0]) != std::string_view::npos);
}

// Commas between extras do not separate fields. 0: the line begins with no extras.
std::size_t end_of_extras(std::string_view line) {
    const auto open = line.find('[');
    const auto close = line.find(']', std::min(open, line.size()));
    return close == std::string_view::npos || line.find(',') < open ? 0 : close;
}

void parse_pin_line(const Line& line, Gupfile& gupfile) {
    std::vector<Field> fields;
    for (std::size_t begin = 0; begin <= line.text.size();) {
        const auto comma =
            std::min(line.text.find(',', begin == 0 ? end_of_extras(line.text) : begin), line.text.size());
        const std::string_view raw = line.text.substr(begin, comma - begin);
        const std::string_view text = trimmed(raw);
        const auto offset = text.empty() ? begin : static_cast<std::size_t>(text.data() - line.text.data());
        fields.push_back({text, place_of(line, offset)});
        begin = comma + 1;
    }
    if (fields.size() == 1) {
        complain_about(line, static_cast<std::size_t>(fields[0].place.column) - 1, fields[0].text, gupfile);
        return;
    }
    if (is_requirement_line(fields)) {
        complain_about(line, static_cast<std::size_t>(fields[0].place.column) - 1, trimmed(line.text), gupfile);
        return;
    }
    PinFields pin{fields[0], fields[1], fields.size() > 2 ? fields[2] : Field{}, true};
    if (fields.size() <= 3) {
        add_pin(gupfile, pin);
        return;
    }
    add_error(gupfile, fields[3].place, fmt::format("the pin has {} fields instead of at most three", fields.size()),
              fmt::format("a pin is name,version or name,version,source: {}", detail::pin_text(pin, pin.version.text)));
}

void parse_legacy_form(const std::vector<Line>& lines, Gupfile& gupfile) {
    for (const Line& line : lines) {
        if (is_significant(trimmed(line.text))) parse_pin_line(line, gupfile);
    }
}

bool is_error(const Problem& problem) {
    return problem.severity == Severity::error;
}

}  // namespace

std::string place_of(const Problem& problem, std::string_view folder) {
    std::string out = fmt::format("{}{}", folder, problem.file.empty() ? gupfile_name : problem.file);
    if (problem.line > 0) out += fmt::format(":{}", problem.line);
    if (problem.line > 0 && problem.column > 0) out += fmt::format(":{}", problem.column);
    return out;
}

std::string display(const Problem& problem, std::string_view folder) {
    const char* kind = problem.severity == Severity::warning ? "warning: " : "";
    std::string out = fmt::format("{}: {}{}", place_of(problem, folder), kind, problem.message);
    if (!problem.hint.empty()) out += fmt::format("\nhint: {}", problem.hint);
    return out;
}

bool has_error(const std::vector<Problem>& problems) {
    return std::any_of(problems.begin(), problems.end(), is_error);
}

Error error_of(const std::vector<Problem>& problems) {
    Problem shown = *std::find_if(problems.begin(), problems.end(), is_error);
    std::string hint = std::exchange(shown.hint, {});
    std::string reason = display(shown, {});
    const auto errors = std::count_if(problems.begin(), problems.end(), is_error);
    if (errors > 1) reason += fmt::format(" (and {} more)", errors - 1);
    return {ErrorCode::invalid_input, std::move(reason), std::move(hint)};
}

bool Gupfile::usable() const {
    return !has_error(problems);
}

Status require_usable(const Gupfile& gupfile, const std::string& where) {
    const auto flaw = std::find_if(gupfile.problems.begin(), gupfile.problems.end(), is_error);
    if (flaw == gupfile.problems.end()) return {};
    Problem said = *flaw;
    std::string hint = std::exchange(said.hint, {});
    return Error{ErrorCode::invalid_input, fmt::format("{}: {}", where, display(said, {})), std::move(hint)};
}

std::vector<NamedProgram> named_programs(const Gupfile& gupfile) {
    std::vector<NamedProgram> programs;
    const auto add = [&](std::string_view key, std::string_view path) {
        while (path.starts_with("./")) path.remove_prefix(2);
        if (!path.empty() && !path.starts_with('/')) programs.push_back({key, std::string(path)});
    };
    add("pre-update", gupfile.pre_update);
    add("post-update", gupfile.post_update);
    add("ready", gupfile.update.ready);
    const auto& command = gupfile.health.command;
    if (!command.empty() && command.front().find('/') != std::string::npos) add("command", command.front());
    return programs;
}

void overlay_pins(Gupfile& gupfile, const std::vector<Requirement>& pins) {
    for (const Requirement& pin : pins) {
        const auto is_same = [&](const Requirement& one) { return is_same_name(one.name, pin.name); };
        std::erase_if(gupfile.pins, is_same);
        gupfile.pins.push_back(pin);
    }
}

Gupfile parse_gupfile(std::string_view text) {
    Gupfile gupfile;
    const auto plain = without_byte_order_mark(text);
    if (!plain) {
        add_error(gupfile, {1, 1}, utf16_message, utf16_hint);
        return gupfile;
    }
    text = *plain;
    const std::vector<Line> lines = readable_lines(text, gupfile);
    if (!is_toml(lines)) {
        parse_legacy_form(lines, gupfile);
    } else if (gupfile.usable()) {
        detail::parse_toml_form(text, gupfile);
    }
    std::stable_sort(gupfile.problems.begin(), gupfile.problems.end(),
                     [](const Problem& a, const Problem& b) { return a.line < b.line; });
    return gupfile;
}

}  // namespace gup
