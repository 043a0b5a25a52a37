// SPDX-License-Identifier: Apache-2.0
#include "app/cli/help.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

namespace gup {
namespace {

constexpr const char* about =
    "gup-agent keeps Python client connectors up to date: their code and their pinned packages.";

constexpr std::array all_groups{CommandGroup::daily,      CommandGroup::set_up,  CommandGroup::releases,
                                CommandGroup::containers, CommandGroup::service, CommandGroup::other};

// Characters, not bytes.
std::size_t width_of(std::string_view text) {
    return static_cast<std::size_t>(std::count_if(
        text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

// Words in lines of at most `columns`, all but the first behind `indent` blanks. The first begins behind `used` characters.
std::string wrapped(std::string_view text, std::size_t columns, std::size_t indent, std::size_t used) {
    std::string result;
    std::size_t position = used;
    bool is_first = true;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find(' '), text.size());
        const std::string_view word = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        const std::size_t width = width_of(word);
        if (!is_first && position + 1 + width > columns) {
            result += "\n" + std::string(indent, ' ');
            position = indent;
        } else if (!is_first) {
            result += ' ';
            ++position;
        }
        result += word;
        position += width;
        is_first = false;
    }
    return result;
}

// Paragraphs are separated by an empty line.
std::string paragraphs(std::string_view text, std::size_t columns) {
    std::string result;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find("\n\n"), text.size());
        result += (result.empty() ? "" : "\n\n") + wrapped(text.substr(0, end), columns, 0, 0);
        text.remove_prefix(std::min(end + 2, text.size()));
    }
    return result;
}

// Names and their meanings in two columns; on a narrow terminal a meaning is below its name.
class HelpTable {
public:
    void add(std::string name, std::string_view meaning) { rows_.push_back({std::move(name), std::string(meaning)}); }

    [[nodiscard]] std::string text(std::size_t columns) const {
        constexpr std::size_t narrow = 60;
        constexpr std::size_t longest_name = 24;
        std::size_t widest = 0;
        for (const Line& one : rows_) {
            if (width_of(one.name) <= longest_name) widest = std::max(widest, width_of(one.name));
        }
        const std::size_t indent = columns < narrow ? 6 : 2 + widest + 2;
        std::string result;
        for (const Line& one : rows_) {
            const std::size_t used = 2 + width_of(one.name);
            const bool is_below = columns < narrow || used + 2 > indent;
            result += "  " + one.name;
            if (!one.meaning.empty()) {
                result += is_below ? "\n" + std::string(indent, ' ') : std::string(indent - used, ' ');
                result += wrapped(one.meaning, columns, indent, indent);
            }
            result += '\n';
        }
        return result;
    }

private:
    struct Line {
        std::string name;
        std::string meaning;
    };
    std::vector<Line> rows_;
};

std::string section(std::string_view title, const HelpTable& table, std::size_t columns) {
    const std::string text = table.text(columns);
    return text.empty() ? text : fmt::format("\n{}:\n{}", title, text);
}

// Commands of a family are in the help of the family.
std::string command_lists(std::size_t columns) {
    std::string text;
    for (const CommandGroup group : all_groups) {
        HelpTable table;
        for (const CommandRow& row : command_rows()) {
            const bool is_shown = row.group == group && !row.is_hidden && row.name.find(' ') == std::string_view::npos;
            if (!is_shown) continue;
            std::string name(row.name);
            for (const auto alias : row.aliases) name += fmt::format(", {}", alias);
            table.add(std::move(name), row.summary);
        }
        text += section(title_of(group), table, columns);
    }
    return text;
}

std::string option_text(const OptionRow& option) {
    std::string text;
    for (const std::string& name : names_of(option)) text += (text.empty() ? "" : ", ") + name;
    return option.is_flag() ? text : fmt::format("{} {}", text, option.value);
}

std::string common_section(const std::vector<const OptionRow*>& options, std::size_t columns) {
    HelpTable table;
    for (const OptionRow* one : options) table.add(option_text(*one), one->help);
    table.add("-h, --help", "Show this help");
    return section("Common options, before or after the command", table, columns);
}

std::string usage_text(std::string_view usage, std::size_t columns) {
    constexpr std::string_view label = "Usage: ";
    return fmt::format("{}{}\n", label, wrapped(usage, columns, label.size() + 2, label.size()));
}

std::string family_help(const CommandRow& family, std::size_t columns) {
    HelpTable table;
    for (const CommandRow& row : command_rows()) {
        if (row.name.starts_with(fmt::format("{} ", family.name))) {
            table.add(std::string(row.name.substr(family.name.size() + 1)), row.summary);
        }
    }
    return fmt::format(
        "{}\n\n{}{}\n{}\n", wrapped(family.summary, columns, 0, 0), usage_text(usage_of(family), columns),
        section("Commands", table, columns),
        wrapped(fmt::format("gup-agent {} COMMAND --help shows more of a command.", family.name), columns, 0, 0));
}

std::string arguments_section(const CommandRow& row, std::size_t columns) {
    HelpTable table;
    for (const ArgumentRow& one : row.arguments) table.add(std::string(one.name), one.help);
    return section("Arguments", table, columns);
}

std::string options_section(const CommandRow& row, std::size_t columns) {
    HelpTable table;
    for (const OptionRow& one : row.options) table.add(option_text(one), one.help);
    return section("Options", table, columns);
}

// An example may be longer than the line: it is one line, so that it can be copied.
std::string examples_section(const CommandRow& row, std::size_t columns) {
    std::string text;
    for (const ExampleRow& one : row.examples)
        text += fmt::format("  {}\n      {}\n", one.line, wrapped(one.meaning, columns, 6, 6));
    return text.empty() ? text : "\nExamples:\n" + text;
}

std::string exits_section(const CommandRow& row, std::size_t columns) {
    HelpTable table;
    for (const ExitRow& one : row.exits) table.add(std::to_string(one.code), one.meaning);
    return section("Exit codes", table, columns);
}

}  // namespace

std::string short_help(std::size_t columns) {
    return fmt::format(
        "{}\n\n{}{}\n{}\n", wrapped(about, columns, 0, 0),
        usage_text("gup-agent COMMAND [OPTIONS] [ARGUMENTS]", columns), command_lists(columns),
        wrapped("gup-agent COMMAND --help shows options, examples and exit codes of a command.", columns, 0, 0));
}

std::string program_help(std::size_t columns) {
    std::vector<const OptionRow*> options;
    for (const OptionRow& one : common_options()) options.push_back(&one);
    HelpTable examples;
    examples.add("gup-agent status", "how the connectors are");
    examples.add("gup-agent check", "what the next run would do");
    examples.add("gup-agent now smart-meter", "update one connector at once");
    HelpTable exits;
    for (const ExitRow& one : {exit_fine, exit_failed, exit_usage, exit_locked, exit_unreachable}) {
        exits.add(std::to_string(one.code), one.meaning);
    }
    return fmt::format("{}{}{}{}\n{}\n", short_help(columns), common_section(options, columns),
                       section("Examples", examples, columns), section("Exit codes", exits, columns),
                       wrapped("Manual: man 8 gup-agent, man 5 gup-agent.toml, man 5 gupfile.", columns, 0, 0));
}

std::string command_help(const CommandRow& row, std::size_t columns) {
    if (row.is_family) return family_help(row, columns);
    std::string text = fmt::format("{}\n\n{}", wrapped(row.summary, columns, 0, 0), usage_text(usage_of(row), columns));
    for (const auto alias : row.aliases)
        text += usage_text(fmt::format("gup-agent {} is the same command", alias), columns);
    if (!row.details.empty()) text += fmt::format("\n{}\n", paragraphs(row.details, columns));
    return text + arguments_section(row, columns) + options_section(row, columns) +
           common_section(common_options_of(row), columns) + examples_section(row, columns) +
           exits_section(row, columns);
}

}  // namespace gup
