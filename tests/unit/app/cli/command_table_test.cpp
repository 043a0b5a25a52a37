// SPDX-License-Identifier: Apache-2.0
#include "app/cli/command_table.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>
#include <sstream>

#include "app/cli/help.hpp"

using namespace gup;

namespace {

ParsedLine parse_words(const std::string& text) {
    std::vector<std::string> words;
    std::istringstream stream(text);
    for (std::string word; stream >> word;) words.push_back(word);
    std::vector<const char*> argv;
    for (const std::string& word : words) argv.push_back(word.c_str());
    return parse_command_line(static_cast<int>(argv.size()), argv.data());
}

bool is_one_line(std::string_view text) {
    return !text.empty() && text.find('\n') == std::string_view::npos && !text.ends_with('.');
}

}  // namespace

TEST_CASE("command table: each row has what help, completions and docs need") {
    std::set<std::string_view> names;
    for (const CommandRow& row : command_rows()) {
        CAPTURE(row.name);
        CHECK(names.insert(row.name).second);
        for (const auto alias : row.aliases) CHECK(names.insert(alias).second);
        CHECK(is_one_line(row.summary));
        CHECK((row.details.empty() || row.details.ends_with('.')));
        if (row.is_family) continue;
        REQUIRE(!row.exits.empty());
        CHECK(row.exits.front().code == 0);
        const auto by_code = [](const ExitRow& a, const ExitRow& b) { return a.code < b.code; };
        CHECK(std::is_sorted(row.exits.begin(), row.exits.end(), by_code));
        for (const ExitRow& one : row.exits) CHECK(is_one_line(one.meaning));
        if (!row.is_hidden) CHECK(row.examples.size() == 2);
        CHECK(&row_of(row.command) == &row);
    }
}

TEST_CASE("command table: each argument and option is described and sets something") {
    for (const CommandRow& row : command_rows()) {
        for (const ArgumentRow& one : row.arguments) {
            CAPTURE(row.name);
            CAPTURE(one.name);
            CHECK(is_one_line(one.help));
            CHECK((one.set != nullptr));
            CHECK((one.takes == Takes::word) == !one.words.empty());
            CHECK((one.amount != Amount::any || &one == &row.arguments.back()));
        }
        std::set<std::string> names;
        for (const OptionRow& one : row.options) {
            CAPTURE(row.name);
            CAPTURE(one.names);
            CHECK(is_one_line(one.help));
            CHECK((one.set != nullptr));
            CHECK((one.takes == Takes::word) == !one.words.empty());
            for (const std::string& name : names_of(one)) CHECK(names.insert(name).second);
            for (const OptionRow& common : common_options()) {
                for (const std::string& name : names_of(common)) CHECK(names.count(name) == 0);
            }
        }
    }
}

TEST_CASE("command table: each example is a line that the program accepts, for its command") {
    for (const CommandRow& row : command_rows()) {
        for (const ExampleRow& one : row.examples) {
            CAPTURE(one.line);
            CHECK(one.line.starts_with("gup-agent " + std::string(row.name)));
            const ParsedLine parsed = parse_words(std::string(one.line));
            if (parsed.error) FAIL(parsed.error->message);
            if (row.command != Command::help) CHECK(parsed.line.command == row.command);
        }
    }
}

TEST_CASE("command table: a usage line names required options and arguments") {
    CHECK(usage_of(*find_command("rollback")) == "gup-agent rollback [OPTIONS] NAME [ID]");
    CHECK(usage_of(*find_command("now")) == "gup-agent now [OPTIONS] [NAME]...");
    CHECK(usage_of(*find_command("import install-py")) ==
          "gup-agent import install-py --workdir DIR --link NAME [OPTIONS]");
    CHECK(usage_of(*find_command("release")) == "gup-agent release COMMAND");
    CHECK(find_command("update") == find_command("now"));
}

TEST_CASE("help: every line fits into the terminal, except examples and single long words") {
    const auto longest_word = [](const std::string& line) {
        std::size_t longest = 0;
        std::istringstream stream(line);
        for (std::string word; stream >> word;) longest = std::max(longest, word.size());
        return longest;
    };
    for (const std::size_t columns : {40U, 80U, 120U}) {
        std::string text = short_help(columns) + program_help(columns);
        for (const CommandRow& row : command_rows()) text += command_help(row, columns);
        std::istringstream stream(text);
        for (std::string line; std::getline(stream, line);) {
            const bool is_example = line.starts_with("  gup-agent ");
            const std::size_t indent = std::min(line.find_first_not_of(' '), line.size());
            CAPTURE(line);
            if (!is_example && indent + longest_word(line) < columns) CHECK(line.size() <= columns + 8);  // bytes
        }
    }
}

TEST_CASE("help: exit codes and common options only where they mean something") {
    CHECK(command_help(*find_command("deploy"), 80).find("rolled back") != std::string::npos);
    CHECK(command_help(*find_command("deploy"), 80).find("--root") == std::string::npos);
    CHECK(command_help(*find_command("version"), 80).find("  5 ") == std::string::npos);
    CHECK(command_help(*find_command("self-test"), 80).find("--json") == std::string::npos);
    CHECK(command_help(*find_command("import repo-deploy"), 80).find("--json") == std::string::npos);
    CHECK(short_help(80).find("__complete") == std::string::npos);
    for (const CommandRow& row : command_rows()) {
        const bool is_shown = !row.is_hidden && row.name.find(' ') == std::string_view::npos;
        if (is_shown) CHECK(short_help(80).find("\n  " + std::string(row.name)) != std::string::npos);
    }
}
