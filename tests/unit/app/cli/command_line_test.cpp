// SPDX-License-Identifier: Apache-2.0
#include "app/cli/command_line.hpp"

#include <doctest/doctest.h>

#include <sstream>

#include "app/cli/colour.hpp"
#include "app/cli/command_table.hpp"
#include "app/cli/suggestion.hpp"

using namespace gup;

namespace {

ParsedLine parsed_line(const std::string& text) {
    std::vector<std::string> words{"gup-agent"};
    std::istringstream stream(text);
    for (std::string word; stream >> word;) words.push_back(word == "''" ? "" : word);
    std::vector<const char*> argv;
    for (const std::string& word : words) argv.push_back(word.c_str());
    return parse_command_line(static_cast<int>(argv.size()), argv.data());
}

}  // namespace

TEST_CASE("command line: a wrong line names the word, and the right one") {
    struct Row {
        const char* line;
        const char* message;
        const char* hint;
    };
    for (const Row& row : {
             Row{"statsu", "there is no command statsu", "did you mean status?"},
             Row{"Now", "there is no command Now", "did you mean now?"},
             Row{"updat", "there is no command updat", "did you mean update?"},
             Row{"upgrade", "there is no command upgrade", "did you mean now?"},
             Row{"upgarde", "there is no command upgarde", "did you mean now?"},
             Row{"sync", "there is no command sync", "did you mean now?"},
             Row{"validate", "there is no command validate", "did you mean lint?"},
             Row{"undo", "there is no command undo", "did you mean rollback?"},
             Row{"install", "there is no command install", "did you mean add?"},
             Row{"prune meter", "there is no command prune", "did you mean release prune?"},
             Row{"enable meter", "there is no command enable", "did you mean release enable?"},
             Row{"bogus", "there is no command bogus", "gup-agent --help lists them"},
             Row{"nwo --json", "there is no command nwo", "did you mean now?"},
             Row{"release instal x", "there is no command instal of gup-agent release", "did you mean install?"},
             Row{"release rm x", "there is no command rm of gup-agent release", "did you mean prune?"},
             Row{"release bogus", "there is no command bogus of gup-agent release",
                 "gup-agent release --help lists them"},
             Row{"import repo_deploy", "there is no command repo_deploy of gup-agent import",
                 "did you mean repo-deploy?"},
             Row{"release", "gup-agent release needs a command: install, enable, list, prune",
                 "gup-agent release --help shows how it is used"},
             Row{"--verbos", "there is no option --verbos", "did you mean --verbose?"},
             Row{"--status", "there is no option --status", "it is a command: gup-agent status"},
             Row{"--rot=/x now", "there is no option --rot", "did you mean --root?"},
             Row{"now --jsno", "gup-agent now has no option --jsno", "did you mean --json?"},
             Row{"now --no-such-option", "gup-agent now has no option --no-such-option",
                 "gup-agent now --help lists them"},
             Row{"status --retry", "gup-agent status has no option --retry", "gup-agent now has it"},
             Row{"now -n", "gup-agent now has no option -n", "did you mean --dry-run?"},
             Row{"now --debug", "gup-agent now has no option --debug", "did you mean --verbose?"},
             Row{"now a --retyr b", "gup-agent now has no option --retyr", "did you mean --retry?"},
             Row{"release install --relpace x", "gup-agent release install has no option --relpace",
                 "did you mean --replace?"},
             Row{"--root", "--root needs one value: DIR", "--root: Folder that contains the connectors"},
             Row{"now --root", "--root needs one value: DIR", "--root: Folder that contains the connectors"},
             Row{"now --root /a --root /b", "--root needs one value: DIR",
                 "--root: Folder that contains the connectors"},
             Row{"release prune m --keep few", "--keep must be a whole number, and is few", "for example --keep 5"},
             Row{"release prune m --keep -1", "--keep must be a whole number, and is -1", "for example --keep 5"},
             Row{"release list m --sort name", "--sort cannot be name", "write one of: time, version"},
             Row{"lint --format xml", "--format cannot be xml", "write one of: text, json, sarif"},
             Row{"schema gupfil", "FILE cannot be gupfil", "write one of: gupfile, gup-agent.toml"},
             Row{"status --color=maybe", "--colour cannot be maybe", "write one of: auto, always, never"},
             Row{"version extra", "gup-agent version has no argument extra", "usage: gup-agent version [OPTIONS]"},
             Row{"rollback a b c", "gup-agent rollback has no argument c",
                 "usage: gup-agent rollback [OPTIONS] NAME [ID]"},
             Row{"rollback", "gup-agent rollback needs NAME: The connector",
                 "usage: gup-agent rollback [OPTIONS] NAME [ID]"},
             Row{"release list", "gup-agent release list needs NAME: The connector",
                 "usage: gup-agent release list [OPTIONS] NAME"},
             Row{"add", "gup-agent add needs URL: https://…, git@host:path, ssh://…, git://…, file://…, or a path",
                 "usage: gup-agent add [OPTIONS] URL"},
             Row{"import install-py --link x",
                 "gup-agent import install-py needs --workdir DIR: The folder with the versions",
                 "usage: gup-agent import install-py --workdir DIR --link NAME [OPTIONS]"},
             Row{"release enable m 1 --from v1", "--from and ID exclude each other: both name the release",
                 "give one of them"},
             Row{"help statsu", "there is no command statsu", "did you mean status?"},
             Row{"help release instal", "there is no command instal of gup-agent release", "did you mean install?"},
             Row{"", "a command is missing", "gup-agent status shows how the connectors are"},
             Row{"-v", "a command is missing", "gup-agent status shows how the connectors are"},
         }) {
        const std::string line = row.line;
        CAPTURE(line);
        const ParsedLine parsed = parsed_line(line);
        REQUIRE(parsed.error);
        CHECK(parsed.error->message == row.message);
        CHECK(parsed.error->hint == row.hint);
        CHECK(parsed.exit == ExitCode::bad_usage);
    }
}

TEST_CASE("command line: options may be before and after the command") {
    for (const std::string text : {"--json now meter --root /r", "now --json --root=/r meter",
                                   "--root /r --json now meter", "update meter --json --root /r"}) {
        CAPTURE(text);
        const ParsedLine parsed = parsed_line(text);
        CHECK(!parsed.exit);
        CHECK(parsed.line.command == Command::now);
        CHECK(parsed.line.form == OutputForm::json);
        CHECK(parsed.line.root == "/r");
        CHECK(parsed.line.names == std::vector<std::string>{"meter"});
    }
}

TEST_CASE("command line: words that mean the same") {
    CHECK(parsed_line("now --dry-run a b").line.command == Command::check);
    CHECK(parsed_line("update --dry-run").line.command == Command::check);
    for (const std::string text : {"--version", "-V", "version", "--version --json"}) {
        CHECK(parsed_line(text).line.command == Command::version);
    }
    CHECK(parsed_line("release install m --version 2.1").line.version == "2.1");
    CHECK(parsed_line("now status").line.names.front() == "status");
    CHECK(parsed_line("now -- --odd").line.names.front() == "--odd");
    CHECK(parsed_line("status --no-colour").line.colour == ColourChoice::never);
    CHECK(parsed_line("status --colour=always").line.colour == ColourChoice::always);
    CHECK(parsed_line("status --color auto").line.colour == ColourChoice::automatic);
}

TEST_CASE("command line: help is a text for standard output, of the command that was named") {
    for (const std::string text :
         {"now --help", "--help now", "help now", "help update", "now -h", "now --json --help m"}) {
        CAPTURE(text);
        const ParsedLine parsed = parsed_line(text);
        CHECK(parsed.exit == ExitCode::success);
        CHECK(parsed.text.find("Usage: gup-agent now [OPTIONS] [NAME]...") != std::string::npos);
    }
    CHECK(parsed_line("release --help").text.find("gup-agent release COMMAND") != std::string::npos);
    CHECK(parsed_line("help release install").text.find("gup-agent release install [OPTIONS]") != std::string::npos);
    CHECK(parsed_line("help").text == parsed_line("--help").text);
    CHECK(parsed_line("").text.find("Daily use:") != std::string::npos);
    CHECK(parsed_line("--json").text.empty());
}

TEST_CASE("command line: words of other tools lead to a command that exists") {
    for (const std::string word : {"upgrade", "pull", "diff", "clone", "verify", "activate", "serve", "man"}) {
        CAPTURE(word);
        CHECK(find_command(command_of_other_tools(word)) != nullptr);
    }
    CHECK(command_of_other_tools("bogus").empty());
}

TEST_CASE("decide_colour: the option, NO_COLOR, CLICOLOR_FORCE, CLICOLOR=0 and TERM=dumb, in this order") {
    struct Row {
        ColourChoice choice;
        ColourVariables variables;
        bool is_terminal;
        bool wanted;
    };
    const auto automatic = ColourChoice::automatic;
    const std::optional<std::string> none;
    for (const Row& row : {
             Row{automatic, {none, none, none, "xterm"}, true, true},
             Row{automatic, {none, none, none, "xterm"}, false, false},
             Row{automatic, {none, none, none, "dumb"}, true, false},
             Row{automatic, {none, none, none, none}, true, false},
             Row{automatic, {"1", none, none, "xterm"}, true, false},
             Row{automatic, {"", none, none, "xterm"}, true, true},
             Row{automatic, {none, "1", none, none}, false, true},
             Row{automatic, {none, "0", none, "xterm"}, false, false},
             Row{automatic, {none, "1", none, "dumb"}, false, true},
             Row{automatic, {"1", "1", none, "xterm"}, true, false},
             Row{automatic, {none, none, "0", "xterm"}, true, false},
             Row{automatic, {none, "1", "0", "xterm"}, true, true},
             Row{ColourChoice::always, {"1", none, "0", "dumb"}, false, true},
             Row{ColourChoice::never, {none, "1", none, "xterm"}, true, false},
         }) {
        CHECK(decide_colour(row.choice, row.variables, row.is_terminal) == row.wanted);
    }
}
