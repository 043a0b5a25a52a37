// SPDX-License-Identifier: Apache-2.0
#include "app/cli/suggestion.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "core/declaration/nearest.hpp"

namespace gup {
namespace {

struct WordOfOthers {
    std::string_view word;
    std::string_view command;
};

// Words of git, gh, apt, pip, uv, systemctl, snap, docker, helm and flux. A command of this program is in the table of commands.
constexpr std::array words_of_others{
    WordOfOthers{"upgrade", "now"},
    WordOfOthers{"dist-upgrade", "now"},
    WordOfOthers{"full-upgrade", "now"},
    WordOfOthers{"refresh", "now"},
    WordOfOthers{"sync", "now"},
    WordOfOthers{"pull", "now"},
    WordOfOthers{"fetch", "now"},
    WordOfOthers{"apply", "now"},
    WordOfOthers{"reconcile", "now"},
    WordOfOthers{"start", "now"},
    WordOfOthers{"plan", "check"},
    WordOfOthers{"diff", "check"},
    WordOfOthers{"dry-run", "check"},
    WordOfOthers{"preview", "check"},
    WordOfOthers{"outdated", "check"},
    WordOfOthers{"info", "status"},
    WordOfOthers{"show", "status"},
    WordOfOthers{"get", "status"},
    WordOfOthers{"ps", "status"},
    WordOfOthers{"state", "status"},
    WordOfOthers{"st", "status"},
    WordOfOthers{"revert", "rollback"},
    WordOfOthers{"undo", "rollback"},
    WordOfOthers{"downgrade", "rollback"},
    WordOfOthers{"restore", "rollback"},
    WordOfOthers{"back", "rollback"},
    WordOfOthers{"changes", "history"},
    WordOfOthers{"generations", "history"},
    WordOfOthers{"reflog", "history"},
    WordOfOthers{"log", "logs"},
    WordOfOthers{"journal", "logs"},
    WordOfOthers{"tail", "logs"},
    WordOfOthers{"pause", "hold"},
    WordOfOthers{"suspend", "hold"},
    WordOfOthers{"freeze", "hold"},
    WordOfOthers{"pin", "hold"},
    WordOfOthers{"lock", "hold"},
    WordOfOthers{"disable", "hold"},
    WordOfOthers{"resume", "unhold"},
    WordOfOthers{"unpause", "unhold"},
    WordOfOthers{"unfreeze", "unhold"},
    WordOfOthers{"unpin", "unhold"},
    WordOfOthers{"unlock", "unhold"},
    WordOfOthers{"release-hold", "unhold"},
    WordOfOthers{"ls", "list"},
    WordOfOthers{"connectors", "list"},
    WordOfOthers{"clone", "add"},
    WordOfOthers{"install", "add"},
    WordOfOthers{"register", "add"},
    WordOfOthers{"new", "add"},
    WordOfOthers{"create", "init"},
    WordOfOthers{"rm", "remove"},
    WordOfOthers{"delete", "remove"},
    WordOfOthers{"del", "remove"},
    WordOfOthers{"uninstall", "remove"},
    WordOfOthers{"forget", "remove"},
    WordOfOthers{"key", "deploy-key"},
    WordOfOthers{"ssh-key", "deploy-key"},
    WordOfOthers{"keygen", "deploy-key"},
    WordOfOthers{"diagnose", "doctor"},
    WordOfOthers{"health", "doctor"},
    WordOfOthers{"verify", "doctor"},
    WordOfOthers{"fsck", "doctor"},
    WordOfOthers{"fix", "doctor"},
    WordOfOthers{"test", "self-test"},
    WordOfOthers{"validate", "lint"},
    WordOfOthers{"clean", "release prune"},
    WordOfOthers{"gc", "release prune"},
    WordOfOthers{"autoremove", "release prune"},
    WordOfOthers{"switch", "release enable"},
    WordOfOthers{"activate", "release enable"},
    WordOfOthers{"use", "release enable"},
    WordOfOthers{"build", "release install"},
    WordOfOthers{"releases", "release list"},
    WordOfOthers{"versions", "release list"},
    WordOfOthers{"serve", "daemon"},
    WordOfOthers{"watch", "daemon"},
    WordOfOthers{"service", "daemon"},
    WordOfOthers{"repair", "recover"},
    WordOfOthers{"upgrade-self", "self-update"},
    WordOfOthers{"self-upgrade", "self-update"},
    WordOfOthers{"migrate", "import"},
    WordOfOthers{"convert", "import"},
    WordOfOthers{"bugreport", "support"},
    WordOfOthers{"bug-report", "support"},
    WordOfOthers{"report", "support"},
    WordOfOthers{"sos", "support"},
    WordOfOthers{"example", "demo"},
    WordOfOthers{"tutorial", "demo"},
    WordOfOthers{"try", "demo"},
    WordOfOthers{"purge", "self-uninstall"},
    WordOfOthers{"completions", "completion"},
    WordOfOthers{"autocomplete", "completion"},
    WordOfOthers{"man", "help"},
    WordOfOthers{"usage", "help"},
    WordOfOthers{"commands", "help"},
    WordOfOthers{"docs", "help"},
    WordOfOthers{"ver", "version"},
};

// Words of other tools behind "release".
constexpr std::array words_for_releases{
    WordOfOthers{"add", "install"},  WordOfOthers{"create", "install"},  WordOfOthers{"build", "install"},
    WordOfOthers{"make", "install"}, WordOfOthers{"switch", "enable"},   WordOfOthers{"activate", "enable"},
    WordOfOthers{"use", "enable"},   WordOfOthers{"select", "enable"},   WordOfOthers{"ls", "list"},
    WordOfOthers{"show", "list"},    WordOfOthers{"remove", "prune"},    WordOfOthers{"rm", "prune"},
    WordOfOthers{"delete", "prune"}, WordOfOthers{"uninstall", "prune"}, WordOfOthers{"clean", "prune"},
};

// Options of other tools, and the option or command that does it here.
constexpr std::array options_of_others{
    WordOfOthers{"--debug", "--verbose"},
    WordOfOthers{"--trace", "--verbose"},
    WordOfOthers{"--config-file", "--config"},
    WordOfOthers{"--plain", "--no-color"},
    WordOfOthers{"--output", "--json"},
    WordOfOthers{"--force", "--retry"},
    WordOfOthers{"--check", "--dry-run"},
    WordOfOthers{"--simulate", "--dry-run"},
    WordOfOthers{"-n", "--dry-run"},
    WordOfOthers{"--ref", "--from"},
    WordOfOthers{"--user", "--owner"},
    WordOfOthers{"--tag", "--branch"},
    WordOfOthers{"-b", "--branch"},
    WordOfOthers{"--hooks", "--pre-hooks"},
};

std::string_view look_up(std::string_view word, const WordOfOthers* begin, const WordOfOthers* end) {
    const auto* found = std::find_if(begin, end, [&](const WordOfOthers& one) { return one.word == word; });
    return found == end ? std::string_view{} : found->command;
}

std::string did_you_mean(std::string_view what) {
    return fmt::format("did you mean {}?", what);
}

// "gup-agent --help lists them"
std::string where_all_are(std::string_view command) {
    return fmt::format("gup-agent {}{}--help lists them", command, command.empty() ? "" : " ");
}

// The second word of "release install" in that family; both words, or the only one, elsewhere.
std::string_view name_within(const CommandRow& row, std::string_view family) {
    if (family.empty()) return row.name;
    const bool is_of_it =
        row.name.starts_with(family) && row.name.size() > family.size() && row.name[family.size()] == ' ';
    return is_of_it ? row.name.substr(family.size() + 1) : std::string_view{};
}

// Exactly a word of another tool, or the second word of a command: "prune" for "release prune".
std::string_view meant_command(std::string_view word, std::string_view family) {
    if (family == "release") return look_up(word, words_for_releases.begin(), words_for_releases.end());
    if (!family.empty()) return {};
    if (const auto meant = command_of_other_tools(word); !meant.empty()) return meant;
    for (const CommandRow& row : command_rows()) {
        const std::size_t space = row.name.find(' ');
        if (space != std::string_view::npos && row.name.substr(space + 1) == word) return row.name;
    }
    return {};
}

std::string nearest_command(std::string_view word, std::string_view family) {
    if (const auto meant = meant_command(word, family); !meant.empty()) return std::string(meant);
    std::vector<std::string_view> known;
    for (const CommandRow& row : command_rows()) {
        if (row.is_hidden) continue;
        known.push_back(name_within(row, family));
        if (family.empty()) known.insert(known.end(), row.aliases.begin(), row.aliases.end());
    }
    if (std::string near = nearest(word, known); !near.empty() || !family.empty()) return near;
    known.clear();
    for (const WordOfOthers& one : words_of_others) known.push_back(one.word);
    return std::string(command_of_other_tools(nearest(word, known)));
}

// The options of `row`, or those that every command has.
std::vector<const OptionRow*> options_for(const CommandRow* row) {
    std::vector<const OptionRow*> options;
    for (const OptionRow& one : common_options()) options.push_back(&one);
    if (row != nullptr) {
        for (const OptionRow& one : row->options) options.push_back(&one);
    }
    return options;
}

// "now", for an option that only other commands have.
std::string_view command_with_option(std::string_view name) {
    for (const CommandRow& row : command_rows()) {
        const auto has = [&](const OptionRow& one) { return has_name(one, name); };
        if (!row.is_hidden && std::any_of(row.options.begin(), row.options.end(), has)) return row.name;
    }
    return {};
}

}  // namespace

std::string_view command_of_other_tools(std::string_view word) {
    const auto meant = look_up(word, words_of_others.begin(), words_of_others.end());
    return find_command(meant) == nullptr ? std::string_view{} : meant;
}

Error unknown_command(const std::string& word, std::string_view family) {
    const std::string in = family.empty() ? std::string{} : fmt::format(" of gup-agent {}", family);
    const std::string near = nearest_command(word, family);
    return {ErrorCode::invalid_input, fmt::format("there is no command {}{}", word, in),
            near.empty() ? where_all_are(family) : did_you_mean(near)};
}

Error unknown_option(const std::string& word, const CommandRow* row) {
    const std::string name = word.substr(0, word.find('='));
    const std::string_view command = row == nullptr ? std::string_view{} : row->name;
    std::vector<std::string> names;
    for (const OptionRow* one : options_for(row)) {
        for (std::string& each : names_of(*one)) names.push_back(std::move(each));
    }
    for (const char* each : {"--help", "-h", "--version"}) {
        if (row == nullptr || std::string_view(each) != "--version") names.emplace_back(each);
    }
    const std::string message = command.empty() ? fmt::format("there is no option {}", name)
                                                : fmt::format("gup-agent {} has no option {}", command, name);
    const auto error = [&](std::string hint) { return Error{ErrorCode::invalid_input, message, std::move(hint)}; };
    const std::string_view meant = look_up(name, options_of_others.begin(), options_of_others.end());
    if (std::find(names.begin(), names.end(), meant) != names.end()) return error(did_you_mean(meant));
    if (const auto other = command_with_option(name); !other.empty()) {
        return error(fmt::format("gup-agent {} has it", other));
    }
    if (const std::string near = nearest(name, {names.begin(), names.end()}); !near.empty()) {
        return error(did_you_mean(near));
    }
    // "--status" instead of "status".
    const std::string bare = name.substr(std::min(name.find_first_not_of('-'), name.size()));
    if (row == nullptr && find_command(bare) != nullptr)
        return error(fmt::format("it is a command: gup-agent {}", bare));
    return error(where_all_are(command));
}

}  // namespace gup
