// SPDX-License-Identifier: Apache-2.0
#include "app/cli/completion/completion_zsh.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "app/cli/completion/completion.hpp"
#include "util/text.hpp"

namespace gup {
namespace {

constexpr const char* zsh_head = R"zsh(#compdef gup-agent
# SPDX-License-Identifier: Apache-2.0
# zsh completion for gup-agent(8), made by: gup-agent completion zsh

# _gup_agent_value COMMAND OPTION: sets `takes` to the kind of the option's value; empty: it takes none.
_gup_agent_value() {
    takes=
)zsh";

// The walk over the words finds the command, its first argument, and the options that the agent needs, too.
constexpr const char* zsh_middle = R"zsh(}

# _gup_agent_ask connectors|generations|releases: names and ids from the agent itself.
_gup_agent_ask() {
    local -a found kind=($1)
    local agent=${${(Q)words[1]}/#\~/$HOME}
    [[ $1 == connectors ]] || kind+=($name)
    found=(${(f)"$($agent __complete $kind $given 2>/dev/null)"})
    compadd -a found
}

_gup_agent() {
    local curcontext=$curcontext command= option= name= takes= each
    local -a given=() commands=()
    local -i i
    typeset -A opt_args
    for ((i = 2; i < CURRENT; i++)); do
        each=${(Q)words[i]}
        if [[ -n $option ]]; then
            case $option in -c | --config | --root) given+=($option ${each/#\~/$HOME}) ;; esac
            option=
        elif [[ $each == --(root|config)=* ]]; then
            given+=("$each")
        elif [[ $each == -* ]]; then
            _gup_agent_value "$command" $each
            [[ -n $takes && $each != *=* ]] && option=$each
        elif [[ -z $command ]]; then
            command=$each
            case $command in
ALIASES            esac
        elif [[ $command == (FAMILIES) ]]; then
            command+=" $each"
        elif [[ -z $name ]]; then
            name=$each
        fi
    done
    commands=(
COMMANDS    )
    case $command in
)zsh";

constexpr const char* zsh_tail = R"zsh(    esac
}

if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
    _gup_agent "$@"
else
    compdef _gup_agent gup-agent
fi
)zsh";

// Within [] of _arguments.
std::string described(std::string_view text) {
    std::string result;
    for (const char c : text) {
        if (c == '[' || c == ']' || c == ':' || c == '\\') result += '\\';
        result += c;
    }
    return result;
}

std::string action(Takes takes, const std::vector<std::string_view>& words) {
    switch (takes) {
        case Takes::word:
            return fmt::format("({})", fmt::join(words, " "));
        case Takes::connector:
        case Takes::generation:
        case Takes::release:
            return fmt::format(" _gup_agent_ask {}", kind_of(takes, words));
        case Takes::file:
        case Takes::path:
            return "_files";
        case Takes::folder:
            return "_files -/";
        case Takes::user:
            return "_users";
        case Takes::command:
            return "{_describe command commands}";
        case Takes::text:
        case Takes::number:
            break;
    }
    return " ";
}

// '(-c --config)'{-c,--config}'[Configuration file]:FILE:_files'
std::string option_specs(const OptionRow& option) {
    const auto names = names_of(option);
    const std::string value = option.is_flag()
                                  ? std::string{}
                                  : fmt::format(":{}:{}", described(option.value), action(option.takes, option.words));
    std::string text;
    for (const std::string& name : names) {
        const std::string others = names.size() > 1 ? fmt::format("({})", fmt::join(names, " ")) : std::string{};
        // "--root=" takes its value as the next word, too.
        const bool is_joined = !option.is_flag() && name.starts_with("--");
        text += " " + shell_quoted(fmt::format("{}{}{}[{}]{}", others, name, is_joined ? "=" : "",
                                               described(option.help), value));
    }
    return text;
}

std::string arguments_call(const std::string& pattern, const std::vector<const OptionRow*>& options,
                           const std::vector<std::string>& arguments) {
    std::string text = fmt::format("        {})\n            _arguments -s", pattern);
    for (const OptionRow* one : options) text += " \\\n               " + option_specs(*one);
    text += " \\\n                '(-h --help)-h[Show the help]' '(-h --help)--help[Show the help]'";
    for (const std::string& one : arguments) text += " \\\n                " + shell_quoted(one);
    return text + "\n            ;;\n";
}

// The words of the command itself are the first arguments.
std::string command_case(const CommandRow& row) {
    std::vector<std::string> arguments{"1:command: "};
    std::size_t position = 2;
    if (row.is_family) {
        std::vector<std::string_view> words;
        for (const CommandRow* one : second_words(row.name)) words.push_back(second_word(*one));
        arguments.push_back(fmt::format("2:command:{}", action(Takes::word, words)));
    } else if (row.name.find(' ') != std::string_view::npos) {
        arguments.emplace_back("2:command: ");
        ++position;
    }
    for (const ArgumentRow& one : row.arguments) {
        const std::string place = one.amount == Amount::any ? "*" : std::to_string(position++);
        arguments.push_back(fmt::format("{}:{}:{}", place, described(one.name), action(one.takes, one.words)));
    }
    return arguments_call(shell_quoted(row.name), all_options(row), arguments);
}

}  // namespace

std::string zsh_completion() {
    std::string families;
    std::string aliases;
    std::string commands;
    for (const CommandRow* row : first_words()) {
        if (row->is_family) families += fmt::format("{}{}", families.empty() ? "" : "|", row->name);
        commands += fmt::format("        {}\n", shell_quoted(fmt::format("{}:{}", row->name, row->summary)));
        for (const auto alias : row->aliases) {
            aliases += fmt::format("                {}) command={} ;;\n", alias, row->name);
            commands += fmt::format("        {}\n", shell_quoted(fmt::format("{}:{}", alias, row->summary)));
        }
    }
    std::string text = zsh_middle;
    replace_marks(text, "FAMILIES", families);
    replace_marks(text, "ALIASES", aliases);
    replace_marks(text, "COMMANDS", commands);
    std::vector<const OptionRow*> common;
    for (const OptionRow& one : common_options()) common.push_back(&one);
    text += arguments_call("''", common,
                           {"(-V --version)-V[Show the version]", "(-V --version)--version[Show the version]",
                            "1:command:{_describe command commands}"});
    for (const CommandRow& row : command_rows()) {
        if (!row.is_hidden) text += command_case(row);
    }
    return zsh_head + value_cases() + text + zsh_tail;
}

}  // namespace gup
