// SPDX-License-Identifier: Apache-2.0
// The table of commands: one row for each. The grammar, `help`, completions, docs/commands.md and tests are made from it.
//
// To add a command:
//   1. a value of Command in command_line.hpp, and members of CommandLine for its arguments;
//   2. a row in the file of its group (daily_commands.cpp, setup_commands.cpp, …): name, summary, details, arguments, options,
//      two examples, exit codes;
//   3. its case in dispatch() of app/app.cpp;
//   4. its part in packaging/deb/man/gup-agent.8, its row in docs/reference/exit-codes.md, and COMMANDS in
//      tests/package/test_files.py.
// To add an option or an argument: a row in `options` or `arguments` of its command, with the member that it sets.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "app/cli/command_line.hpp"
#include "util/result.hpp"

namespace gup {

enum class CommandGroup : std::uint8_t { daily, set_up, releases, containers, service, other };

// What a word of the command line is: completions offer it, and the grammar checks words and numbers.
enum class Takes : std::uint8_t {
    text,        // anything; nothing is offered
    number,      // a whole number from 0
    word,        // one of `words`
    connector,   // the name of a connector
    generation,  // the id of a generation of the connector before it
    release,     // the id of a release of the connector before it
    file,
    folder,
    path,     // a file or a folder
    user,     // a user of the machine
    command,  // the name of a command
};

enum class Amount : std::uint8_t { one, optional, any };

using SetWord = void (*)(CommandLine& line, const std::string& word);

struct ArgumentRow {
    std::string_view name;  // in capitals: "NAME"
    std::string_view help;
    Takes takes = Takes::text;
    Amount amount = Amount::one;  // only the last one may be `any`
    SetWord set = nullptr;        // called for each word
    std::vector<std::string_view> words = {};
};

struct OptionRow {
    std::string_view names;  // "-f,--fetch"
    std::string_view value;  // the name of its value, in capitals; empty: a flag
    std::string_view help;
    Takes takes = Takes::text;
    SetWord set = nullptr;  // of a flag: the word is empty
    std::vector<std::string_view> words = {};
    bool is_required = false;
    bool is_repeatable = false;  // `set` is called for each value

    [[nodiscard]] bool is_flag() const { return value.empty(); }
};

struct ExampleRow {
    std::string_view line;  // as typed: "gup-agent now smart-meter"
    std::string_view meaning;
};

struct ExitRow {
    int code = 0;
    std::string_view meaning;
};

// Options of every command. All are accepted everywhere; help and completions show those that mean something.
enum CommonOption : unsigned {
    common_config = 1,
    common_root = 2,
    common_verbose = 4,
    common_json = 8,
    common_colour = 16,
    common_all = 31,
};

struct CommandRow {
    Command command = Command::version;
    std::string_view name;  // of a command of a family, both words: "release install"
    CommandGroup group = CommandGroup::other;
    std::string_view summary;       // one line without a full stop; begins with a capital letter
    std::string_view details = {};  // sentences for its own help; paragraphs are separated by an empty line
    std::vector<std::string_view> aliases = {};
    std::vector<ArgumentRow> arguments = {};
    std::vector<OptionRow> options = {};  // without the common ones
    unsigned common = common_all;
    std::vector<ExampleRow> examples = {};
    std::vector<ExitRow> exits = {};
    Status (*check)(const CommandLine& line) = nullptr;  // of arguments that exclude each other
    bool is_family = false;                              // "release": it has commands, and is none itself
    bool is_hidden = false;                              // for programs; in no help
};

// Exit codes with one meaning for many commands.
inline constexpr ExitRow exit_fine{0, "all is as it should be"};
inline constexpr ExitRow exit_failed{1, "a connector failed, was blocked or was rolled back"};
inline constexpr ExitRow exit_usage{2, "the command line or the configuration is wrong"};
inline constexpr ExitRow exit_locked{3, "another run is active"};
inline constexpr ExitRow exit_unreachable{4, "no remote could be reached"};
inline constexpr ExitRow exit_interrupted{130, "Ctrl-C ended it; nothing is half-changed"};

// All rows, group by group in the order of the help. The rows live as long as the program.
[[nodiscard]] const std::vector<CommandRow>& command_rows();
// By name or alias; nullptr: there is none.
[[nodiscard]] const CommandRow* find_command(std::string_view name);
// The row of the command that was parsed.
[[nodiscard]] const CommandRow& row_of(Command command);

// The options of every command, and those that mean something for one.
[[nodiscard]] const std::vector<OptionRow>& common_options();
[[nodiscard]] std::vector<const OptionRow*> common_options_of(const CommandRow& row);

// "Daily use"
[[nodiscard]] std::string_view title_of(CommandGroup group);
// "gup-agent rollback [OPTIONS] NAME [ID]"
[[nodiscard]] std::string usage_of(const CommandRow& row);
// "-f", "--fetch"
[[nodiscard]] std::vector<std::string> names_of(const OptionRow& option);
// True for "--fetch" and "-f" of "-f,--fetch".
[[nodiscard]] bool has_name(const OptionRow& option, std::string_view name);

}  // namespace gup
