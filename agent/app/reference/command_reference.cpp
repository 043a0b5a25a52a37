// SPDX-License-Identifier: Apache-2.0
#include "app/reference/command_reference.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string_view>
#include <vector>

#include "app/cli/command_table.hpp"
#include "app/reference/markdown.hpp"

namespace gup {
namespace {

std::string row_of_table(std::string_view code, std::string_view meaning) {
    return fmt::format("| {} | {} |\n", markdown_cell(code), markdown_cell(meaning));
}

// "-f, --fetch FILE"
std::string shown_option(const OptionRow& option) {
    std::string names;
    for (const std::string& name : names_of(option)) names += (names.empty() ? "" : ", ") + name;
    return option.is_flag() ? names : fmt::format("{} {}", names, option.value);
}

std::string option_lines(const std::vector<ArgumentRow>& arguments, const std::vector<OptionRow>& options) {
    if (arguments.empty() && options.empty()) return {};
    std::string text = "| argument or option | meaning |\n| --- | --- |\n";
    for (const ArgumentRow& one : arguments) text += row_of_table(markdown_code(one.name), markdown_commands(one.help));
    for (const OptionRow& one : options) {
        text += row_of_table(markdown_code(shown_option(one)), markdown_commands(one.help));
    }
    return text + "\n";
}

std::string exit_lines(const std::vector<ExitRow>& exits) {
    if (exits.empty()) return {};
    std::string text = "| exit code | meaning |\n| --- | --- |\n";
    for (const ExitRow& one : exits) text += row_of_table(fmt::format("{}", one.code), markdown_commands(one.meaning));
    return text + "\n";
}

std::string example_lines(const std::vector<ExampleRow>& examples) {
    if (examples.empty()) return {};
    std::size_t width = 0;
    for (const ExampleRow& one : examples) width = std::max(width, one.line.size());
    std::string text = "```\n";
    for (const ExampleRow& one : examples) text += fmt::format("{:<{}}   # {}\n", one.line, width, one.meaning);
    return text + "```\n\n";
}

std::string aliases_of(const CommandRow& row) {
    std::string text;
    for (const std::string_view alias : row.aliases) {
        text += (text.empty() ? "" : ", ") + markdown_code(fmt::format("gup-agent {}", alias));
    }
    return text.empty() ? text : fmt::format("Also: {}.\n\n", text);
}

std::string command_lines(const CommandRow& row) {
    std::string text = fmt::format("### {}\n\n{}.\n\n", row.name, markdown_commands(row.summary));
    if (!row.is_family) text += fmt::format("```\n{}\n```\n\n", usage_of(row));
    text += aliases_of(row);
    if (!row.details.empty()) text += markdown_commands(row.details) + "\n\n";
    return text + option_lines(row.arguments, row.options) + exit_lines(row.exits) + example_lines(row.examples);
}

}  // namespace

std::string command_reference() {
    std::string text;
    std::optional<CommandGroup> group;
    for (const CommandRow& row : command_rows()) {
        if (row.is_hidden) continue;
        if (row.group != group) text += fmt::format("## {}\n\n", title_of(row.group));
        group = row.group;
        text += command_lines(row);
    }
    text += "## Options of every command\n\n" + option_lines({}, common_options());
    text.pop_back();
    return text;
}

}  // namespace gup
