// SPDX-License-Identifier: Apache-2.0
#include "app/cli/completion/completion_bash.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "app/cli/completion/completion.hpp"
#include "util/text.hpp"

namespace gup {
namespace {

constexpr const char* bash_head = R"bash(# SPDX-License-Identifier: Apache-2.0
# bash completion for gup-agent(8), made by: gup-agent completion bash

# _gup_agent_value COMMAND OPTION: sets `takes` to the kind of the option's value; empty: it takes none.
_gup_agent_value() {
    takes=
)bash";

constexpr const char* bash_between = R"bash(}

# _gup_agent_argument COMMAND POSITION: sets `takes` to the kind of an argument.
_gup_agent_argument() {
    takes=
)bash";

constexpr const char* bash_lists = R"bash(}

# _gup_agent_words COMMAND: its options, or the commands of the program or of a family.
_gup_agent_words() {
    case $1 in
)bash";

constexpr const char* bash_body = R"bash(    esac
}

_gup_agent() {
    local word=${COMP_WORDS[COMP_CWORD]} command='' option='' name='' takes='' each candidates=''
    local agent=${COMP_WORDS[0]/#\~/$HOME}
    local -a given=()
    local -i i position=0
    COMPREPLY=()
    for ((i = 1; i < COMP_CWORD; i++)); do
        each=${COMP_WORDS[i]}
        # bash gives --root=/srv as three words.
        [[ $each == '=' ]] && continue
        if [[ -n $option ]]; then
            case $option in -c | --config | --root) given+=("$option" "${each/#\~/$HOME}") ;; esac
            option=''
        elif [[ $each == -* ]]; then
            _gup_agent_value "$command" "$each"
            [[ -n $takes ]] && option=$each
        elif [[ -z $command ]]; then
            command=$each
            case $command in
ALIASES            esac
        elif [[ $command == @(FAMILIES) ]]; then
            command+=" $each"
        else
            [[ $position -eq 0 ]] && name=$each
            position+=1
        fi
    done
    [[ $word == '=' ]] && word=''
    takes=''
    if [[ -n $option ]]; then
        _gup_agent_value "$command" "$option"
    elif [[ $word == -* ]]; then
        takes="words $(_gup_agent_words "options $command")"
    elif [[ -z $command || $command == @(FAMILIES) ]]; then
        takes="words $(_gup_agent_words "commands $command")"
    else
        _gup_agent_argument "$command" "$position"
    fi
    case $takes in
        'words '*) candidates=$(printf '%s\n' ${takes#words }) ;;
        commands) candidates=$(printf '%s\n' $(_gup_agent_words 'commands ')) ;;
        user) candidates=$(compgen -u) ;;
        connectors) candidates=$("$agent" __complete connectors "${given[@]}" 2>/dev/null) ;;
        generations | releases) candidates=$("$agent" __complete "$takes" "$name" "${given[@]}" 2>/dev/null) ;;
        folder)
            compopt -o filenames 2>/dev/null
            mapfile -t COMPREPLY < <(compgen -d -- "$word")
            ;;
        file)
            compopt -o filenames 2>/dev/null
            mapfile -t COMPREPLY < <(compgen -f -- "$word")
            ;;
    esac
    while IFS= read -r each; do
        [[ -n $each && $each == "$word"* ]] && COMPREPLY+=("$(printf '%q' "$each")")
    done <<<"$candidates"
}

complete -F _gup_agent gup-agent
)bash";

std::string bash_line(std::string_view what, std::string_view command, const std::vector<std::string>& words) {
    return fmt::format("        {}) echo {} ;;\n", shell_quoted(fmt::format("{} {}", what, command)),
                       shell_quoted(fmt::format("{}", fmt::join(words, " "))));
}

std::vector<std::string> bash_names(const std::vector<const CommandRow*>& rows, bool is_second) {
    std::vector<std::string> words;
    for (const CommandRow* row : rows) {
        words.emplace_back(is_second ? second_word(*row) : row->name);
        for (const auto alias : row->aliases) words.emplace_back(alias);
    }
    return words;
}

std::vector<std::string> bash_options(const std::vector<const OptionRow*>& options) {
    std::vector<std::string> words;
    for (const OptionRow* option : options) {
        for (const std::string& name : names_of(*option)) words.push_back(name);
    }
    words.insert(words.end(), {"-h", "--help"});
    return words;
}

std::string bash_words() {
    std::vector<const OptionRow*> common;
    for (const OptionRow& one : common_options()) common.push_back(&one);
    std::vector<std::string> before = bash_options(common);
    before.insert(before.end(), {"-V", "--version"});
    std::string text = bash_line("options", {}, before) + bash_line("commands", {}, bash_names(first_words(), false));
    for (const CommandRow& row : command_rows()) {
        if (row.is_hidden) continue;
        if (row.is_family) text += bash_line("commands", row.name, bash_names(second_words(row.name), true));
        text += bash_line("options", row.name, bash_options(all_options(row)));
    }
    return text;
}

}  // namespace

std::string bash_completion() {
    std::string families;
    std::string aliases;
    for (const CommandRow* row : first_words()) {
        if (row->is_family) families += fmt::format("{}{}", families.empty() ? "" : "|", row->name);
        for (const auto alias : row->aliases)
            aliases += fmt::format("                {}) command={} ;;\n", alias, row->name);
    }
    std::string text = bash_body;
    replace_marks(text, "FAMILIES", families);
    replace_marks(text, "ALIASES", aliases);
    return bash_head + value_cases() + bash_between + argument_cases() + bash_lists + bash_words() + text;
}

}  // namespace gup
