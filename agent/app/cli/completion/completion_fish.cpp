// SPDX-License-Identifier: Apache-2.0
#include "app/cli/completion/completion_fish.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "app/cli/completion/completion.hpp"

namespace gup {
namespace {

constexpr const char* fish_head = R"fish(# SPDX-License-Identifier: Apache-2.0
# fish completion for gup-agent(8), made by: gup-agent completion fish

# Sets command, position (of the argument that is typed), name (the first argument) and given (options for the agent).
function __gup_agent_walk --no-scope-shadowing
    set command
    set position 0
    set name
    set given
    set -l option
    set -l words (commandline -opc)
    for each in $words[2..-1]
        if test -n "$option"
            contains -- $option -c --config --root; and set given $given $option (string replace -r '^~' $HOME -- $each)
            set option
        else if string match -qr '^--(root|config)=' -- $each
            set given $given (string replace -r '=~' =$HOME -- $each)
        else if string match -q -- '-*' $each
            string match -q -- '*=*' $each; or __gup_agent_takes_value "$command" $each; and set option $each
        else if test -z "$command"
            set command $each
            switch $command
ALIASES            end
        else if contains -- "$command" FAMILIES
            set command "$command $each"
        else
            test $position -eq 0; and set name $each
            set position (math $position + 1)
        end
    end
end

# __gup_agent_is COMMAND [POSITION]: this command is typed, and an argument at this position.
function __gup_agent_is
    set -l command
    set -l position
    set -l name
    set -l given
    __gup_agent_walk
    test "$command" = "$argv[1]"; and begin
        test (count $argv) -eq 1; or test $position = $argv[2]
    end
end

# __gup_agent_among COMMAND...: one of these commands is typed.
function __gup_agent_among
    set -l command
    set -l position
    set -l name
    set -l given
    __gup_agent_walk
    contains -- "$command" $argv
end

# Names and ids from the agent itself.
function __gup_agent_ask
    set -l command
    set -l position
    set -l name
    set -l given
    __gup_agent_walk
    set -l agent (string replace -r '^~' $HOME -- (commandline -opc)[1])
    test $argv[1] = connectors; and set name
    $agent __complete $argv[1] $name $given 2>/dev/null
end

# __gup_agent_takes_value COMMAND OPTION
function __gup_agent_takes_value
    switch "$argv[1]|$argv[2]"
)fish";

std::string fish_quoted(std::string_view text) {
    std::string result = "'";
    for (const char c : text) {
        if (c == '\'' || c == '\\') result += '\\';
        result += c;
    }
    return result + "'";
}

// What completes a value or an argument.
std::string offers(Takes takes, const std::vector<std::string_view>& words) {
    switch (takes) {
        case Takes::word:
            return "-a " + fish_quoted(fmt::format("{}", fmt::join(words, " ")));
        case Takes::connector:
        case Takes::generation:
        case Takes::release:
            return fmt::format("-a '(__gup_agent_ask {})'", kind_of(takes, words));
        case Takes::file:
        case Takes::path:
            return "-F";
        case Takes::folder:
            return "-a '(__fish_complete_directories)'";
        case Takes::user:
            return "-a '(__fish_complete_users)'";
        case Takes::command: {
            std::vector<std::string_view> names;
            for (const CommandRow* row : first_words()) names.push_back(row->name);
            return "-a " + fish_quoted(fmt::format("{}", fmt::join(names, " ")));
        }
        case Takes::text:
        case Takes::number:
            break;
    }
    return {};
}

std::string option_line(const OptionRow& option, const std::string& condition) {
    std::string text = "complete -c gup-agent -n " + fish_quoted(condition);
    for (const std::string& name : names_of(option)) {
        text += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
    }
    if (!option.is_flag()) {
        const std::string offered = offers(option.takes, option.words);
        text += (offered == "-F" ? " -r " : " -x ") + offered;
    }
    return fmt::format("{} -d {}\n", text, fish_quoted(option.help));
}

std::string argument_lines(const CommandRow& row) {
    std::string text;
    for (std::size_t i = 0; i < row.arguments.size(); ++i) {
        const ArgumentRow& one = row.arguments[i];
        const std::string offered = offers(one.takes, one.words);
        if (offered.empty()) continue;
        std::string condition = "__gup_agent_is " + fish_quoted(row.name);
        if (one.amount != Amount::any) condition += fmt::format(" {}", i);
        text += fmt::format("complete -c gup-agent -n {} {}\n", fish_quoted(condition), offered);
    }
    return text;
}

std::string common_lines() {
    std::string text;
    for (const OptionRow& option : common_options()) {
        std::string condition = "__gup_agent_among ''";
        for (const CommandRow& row : command_rows()) {
            const auto options = common_options_of(row);
            const bool has = std::find(options.begin(), options.end(), &option) != options.end();
            if (has && !row.is_hidden) condition += " " + fish_quoted(row.name);
        }
        text += option_line(option, condition);
    }
    return text + "complete -c gup-agent -s h -l help -d 'Show the help'\n" +
           "complete -c gup-agent -n '__gup_agent_is \\'\\'' -s V -l version -d 'Show the version'\n";
}

std::string command_line_of(std::string_view family, std::string_view word, std::string_view summary) {
    return fmt::format("complete -c gup-agent -n {} -a {} -d {}\n",
                       fish_quoted("__gup_agent_is " + fish_quoted(family)), word, fish_quoted(summary));
}

std::string patterns_with_value() {
    std::vector<std::string> patterns;
    const auto add = [&](std::string_view command, const std::vector<OptionRow>& options) {
        for (const OptionRow& one : options) {
            if (one.is_flag()) continue;
            for (const std::string& name : names_of(one))
                patterns.push_back(fish_quoted(fmt::format("{}|{}", command, name)));
        }
    };
    add("*", common_options());
    for (const CommandRow& row : command_rows()) {
        if (!row.is_hidden) add(row.name, row.options);
    }
    return fmt::format("        case {}\n            return 0\n    end\n    return 1\nend\n\n",
                       fmt::join(patterns, " "));
}

}  // namespace

std::string fish_completion() {
    std::string families;
    std::string aliases;
    std::string lines;
    for (const CommandRow* row : first_words()) {
        if (row->is_family) families += fmt::format("{}{}", families.empty() ? "" : " ", row->name);
        lines += command_line_of({}, row->name, row->summary);
        for (const auto alias : row->aliases) {
            aliases += fmt::format("                case {}\n                    set command {}\n", alias, row->name);
            lines += command_line_of({}, alias, row->summary);
        }
        for (const CommandRow* second : second_words(row->name)) {
            lines += command_line_of(row->name, second_word(*second), second->summary);
        }
    }
    std::string text = fish_head;
    replace_marks(text, "FAMILIES", families);
    replace_marks(text, "ALIASES", aliases);
    text += patterns_with_value() + "complete -c gup-agent -f\n" + common_lines() + lines;
    for (const CommandRow& row : command_rows()) {
        if (row.is_hidden) continue;
        text += argument_lines(row);
        for (const OptionRow& option : row.options) {
            text += option_line(option, "__gup_agent_is " + fish_quoted(row.name));
        }
    }
    return text;
}

}  // namespace gup
