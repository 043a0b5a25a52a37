// SPDX-License-Identifier: Apache-2.0
#include "app/cli/completion/completion.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "app/cli/completion/completion_bash.hpp"
#include "app/cli/completion/completion_fish.hpp"
#include "app/cli/completion/completion_zsh.hpp"
#include "util/text.hpp"

namespace gup {
namespace {

// One case of a shell's `case "$1|$2" in`, or none without a pattern.
std::string case_of(const std::vector<std::string>& patterns, const std::string& kind) {
    if (patterns.empty()) return {};
    return fmt::format("        {}) takes={} ;;\n", fmt::join(patterns, " | "), shell_quoted(kind));
}

std::string cases_of_options(std::string_view command, const std::vector<OptionRow>& options) {
    std::string text;
    for (const OptionRow& option : options) {
        if (option.is_flag()) continue;
        std::vector<std::string> patterns;
        for (const std::string& name : names_of(option)) {
            patterns.push_back(command.empty() ? "*" + shell_quoted("|" + name)
                                               : shell_quoted(fmt::format("{}|{}", command, name)));
        }
        const std::string kind = kind_of(option.takes, option.words);
        text += case_of(patterns, kind.empty() ? "nothing" : kind);
    }
    return text;
}

}  // namespace

std::string completion_script(std::string_view shell) {
    if (shell == "zsh") return zsh_completion();
    return shell == "fish" ? fish_completion() : bash_completion();
}

std::vector<const CommandRow*> first_words() {
    std::vector<const CommandRow*> rows;
    for (const CommandRow& row : command_rows()) {
        if (!row.is_hidden && row.name.find(' ') == std::string_view::npos) rows.push_back(&row);
    }
    return rows;
}

std::vector<const CommandRow*> second_words(std::string_view family) {
    std::vector<const CommandRow*> rows;
    for (const CommandRow& row : command_rows()) {
        if (row.name.starts_with(fmt::format("{} ", family))) rows.push_back(&row);
    }
    return rows;
}

std::string_view second_word(const CommandRow& row) {
    const std::size_t space = row.name.find(' ');
    return space == std::string_view::npos ? std::string_view{} : row.name.substr(space + 1);
}

std::vector<const OptionRow*> all_options(const CommandRow& row) {
    std::vector<const OptionRow*> options;
    for (const OptionRow& one : row.options) options.push_back(&one);
    for (const OptionRow* one : common_options_of(row)) options.push_back(one);
    return options;
}

std::string kind_of(Takes takes, const std::vector<std::string_view>& words) {
    switch (takes) {
        case Takes::word:
            return fmt::format("words {}", fmt::join(words, " "));
        case Takes::connector:
            return "connectors";
        case Takes::generation:
            return "generations";
        case Takes::release:
            return "releases";
        case Takes::file:
        case Takes::path:
            return "file";
        case Takes::folder:
            return "folder";
        case Takes::user:
            return "user";
        case Takes::command:
            return "commands";
        case Takes::text:
        case Takes::number:
            break;
    }
    return {};
}

std::string value_cases() {
    std::string text = "    case \"$1|$2\" in\n" + cases_of_options({}, common_options());
    for (const CommandRow& row : command_rows()) {
        if (!row.is_hidden) text += cases_of_options(row.name, row.options);
    }
    return text + "    esac\n";
}

std::string argument_cases() {
    std::string text = "    case \"$1|$2\" in\n";
    for (const CommandRow& row : command_rows()) {
        if (row.is_hidden) continue;
        for (std::size_t i = 0; i < row.arguments.size(); ++i) {
            const ArgumentRow& one = row.arguments[i];
            const std::string kind = kind_of(one.takes, one.words);
            if (kind.empty()) continue;
            const bool is_any = one.amount == Amount::any && i == 0;
            text += case_of({is_any ? shell_quoted(fmt::format("{}|", row.name)) + "*"
                                    : shell_quoted(fmt::format("{}|{}", row.name, i))},
                            kind);
        }
    }
    return text + "    esac\n";
}

void replace_marks(std::string& text, std::string_view mark, const std::string& value) {
    for (std::size_t at = text.find(mark); at != std::string::npos; at = text.find(mark, at + value.size())) {
        text.replace(at, mark.size(), value);
    }
}

}  // namespace gup
