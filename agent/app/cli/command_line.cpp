// SPDX-License-Identifier: Apache-2.0
#include "app/cli/command_line.hpp"

#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <memory>
#include <string>
#include <string_view>

#include "app/cli/command_table.hpp"
#include "app/cli/help.hpp"
#include "app/cli/suggestion.hpp"

namespace gup {
namespace {

Error usage_error(std::string message, std::string hint) {
    return {ErrorCode::invalid_input, std::move(message), std::move(hint)};
}

std::string hint_of(const CommandRow& row) {
    return fmt::format("gup-agent {} --help shows how it is used", row.name);
}

// CLI11 splits the words into commands, options and arguments. Their meaning is in the rows, so every message is ours.
class Grammar {
public:
    explicit Grammar(CommandLine& line) : line_(line), app_("gup-agent", "gup-agent") {
        app_.set_help_flag();
        app_.require_subcommand(0, 1);
        app_.allow_extras();
        add_options(app_, nullptr);
        app_.add_flag_callback("-V,--version", [this] { wants_version_ = true; });
        for (const CommandRow& row : command_rows()) add_command(row);
    }

    Status parse(int argc, const char* const* argv) {
        try {
            app_.parse(argc, argv);
        } catch (const CLI::ArgumentMismatch& error) {
            const std::string_view text = error.what();
            return missing_value(std::string(text.substr(0, text.find(':'))));
        } catch (const CLI::ParseError& error) {
            return usage_error(error.what(), "gup-agent --help shows how it is used");
        }
        GUP_CHECK(find_unknown(app_, nullptr));
        if (wants_help_) return {};
        if (wants_version_ && row_ == nullptr) row_ = &row_of(Command::version);
        if (row_ == nullptr) return {};
        if (row_->is_family) return missing_command();
        return apply();
    }

    // nullptr: none was given.
    [[nodiscard]] const CommandRow* row() const { return row_; }
    [[nodiscard]] bool wants_help() const { return wants_help_; }

private:
    struct GivenOption {
        const OptionRow* row;
        std::string word;
    };

    void add_option(CLI::App& app, const OptionRow& option) {
        const std::string names(option.names);
        if (option.is_flag()) {
            app.add_flag_callback(names, [this, &option] { given_.push_back({&option, {}}); });
        } else if (option.is_repeatable) {
            const auto take = [this, &option](const std::vector<std::string>& words) {
                for (const std::string& word : words) given_.push_back({&option, word});
            };
            app.add_option_function<std::vector<std::string>>(names, take)->allow_extra_args(false);
        } else {
            app.add_option_function<std::string>(names, [this, &option](const std::string& word) {
                given_.push_back({&option, word});
            });
        }
    }

    void add_options(CLI::App& app, const CommandRow* row) {
        for (const OptionRow& one : common_options()) add_option(app, one);
        app.add_flag_callback("-h,--help", [this] { wants_help_ = true; });
        if (row == nullptr) return;
        for (const OptionRow& one : row->options) add_option(app, one);
    }

    void add_command(const CommandRow& row) {
        const std::size_t space = row.name.find(' ');
        CLI::App& parent =
            space == std::string_view::npos ? app_ : *app_.get_subcommand(std::string(row.name.substr(0, space)));
        CLI::App* app = parent.add_subcommand(
            std::string(row.name.substr(space == std::string_view::npos ? 0 : space + 1)), std::string(row.summary));
        for (const auto alias : row.aliases) app->alias(std::string(alias));
        app->set_help_flag();
        app->allow_extras();
        app->callback([this, &row] { reach(row); });
        add_options(*app, &row);
        if (row.is_family) {
            app->require_subcommand(0, 1);
        } else {
            app->add_option("ARGUMENTS", words_);
        }
    }

    // A family is reached after its command.
    void reach(const CommandRow& row) {
        if (row_ == nullptr) row_ = &row;
    }

    // The first word that CLI11 did not know, from the outside in.
    Status find_unknown(const CLI::App& app, const CommandRow* row) const {
        auto words = app.remaining();
        words.erase(std::remove(words.begin(), words.end(), "--"), words.end());
        const auto option =
            std::find_if(words.begin(), words.end(), [](const std::string& word) { return word.starts_with('-'); });
        if (!words.empty() && (row == nullptr || row->is_family) && !words.front().starts_with('-')) {
            return unknown_command(words.front(), row == nullptr ? std::string_view{} : row->name);
        }
        if (option != words.end()) return unknown_option(*option, row);
        if (!words.empty()) return too_many(*row, words.front());
        const auto below = app.get_subcommands();
        if (below.empty()) return {};
        const std::string name =
            row == nullptr ? below.front()->get_name() : fmt::format("{} {}", row->name, below.front()->get_name());
        return find_unknown(*below.front(), find_command(name));
    }

    static Error too_many(const CommandRow& row, const std::string& word) {
        return usage_error(fmt::format("gup-agent {} has no argument {}", row.name, word),
                           fmt::format("usage: {}", usage_of(row)));
    }

    [[nodiscard]] Error missing_command() const {
        std::string names;
        for (const CommandRow& one : command_rows()) {
            if (!one.name.starts_with(fmt::format("{} ", row_->name))) continue;
            names += fmt::format("{}{}", names.empty() ? "" : ", ", one.name.substr(row_->name.size() + 1));
        }
        return usage_error(fmt::format("gup-agent {} needs a command: {}", row_->name, names), hint_of(*row_));
    }

    // An option without its value, or given twice.
    [[nodiscard]] static Error missing_value(const std::string& name) {
        const auto find = [&](const std::vector<OptionRow>& options) -> const OptionRow* {
            const auto found =
                std::find_if(options.begin(), options.end(), [&](const OptionRow& one) { return has_name(one, name); });
            return found == options.end() ? nullptr : &*found;
        };
        const OptionRow* option = find(common_options());
        for (const CommandRow& row : command_rows()) {
            if (option == nullptr) option = find(row.options);
        }
        if (option == nullptr) return usage_error(fmt::format("{} is not used like this", name), "gup-agent --help");
        if (option->is_flag())
            return usage_error(fmt::format("{} takes no value", name), fmt::format("write {}", name));
        return usage_error(fmt::format("{} needs one value: {}", name, option->value),
                           fmt::format("{}: {}", name, option->help));
    }

    Status apply() {
        line_.command = row_->command;
        for (const GivenOption& one : given_) {
            GUP_CHECK(check_word(names_of(*one.row).back(), one.row->takes, one.row->words, one.word));
            one.row->set(line_, one.word);
        }
        for (const OptionRow& option : row_->options) {
            const auto is_it = [&](const GivenOption& one) { return one.row == &option; };
            if (option.is_required && std::none_of(given_.begin(), given_.end(), is_it)) {
                const std::string name = names_of(option).back();
                return usage_error(
                    fmt::format("gup-agent {} needs {} {}: {}", row_->name, name, option.value, option.help),
                    fmt::format("usage: {}", usage_of(*row_)));
            }
        }
        GUP_CHECK(apply_arguments());
        return row_->check == nullptr ? Status{} : row_->check(line_);
    }

    Status apply_arguments() {
        auto word = words_.begin();
        for (const ArgumentRow& argument : row_->arguments) {
            if (argument.amount == Amount::one && word == words_.end()) {
                return usage_error(fmt::format("gup-agent {} needs {}: {}", row_->name, argument.name, argument.help),
                                   fmt::format("usage: {}", usage_of(*row_)));
            }
            const auto end = argument.amount == Amount::any || word == words_.end() ? words_.end() : word + 1;
            for (; word != end; ++word) {
                GUP_CHECK(check_word(argument.name, argument.takes, argument.words, *word));
                argument.set(line_, *word);
            }
        }
        return word == words_.end() ? Status{} : Status(too_many(*row_, *word));
    }

    static Status check_word(std::string_view name, Takes takes, const std::vector<std::string_view>& words,
                             const std::string& word) {
        if (takes == Takes::word && std::find(words.begin(), words.end(), word) == words.end()) {
            return usage_error(fmt::format("{} cannot be {}", name, word.empty() ? "empty" : word),
                               fmt::format("write one of: {}", fmt::join(words, ", ")));
        }
        constexpr std::size_t longest_number = 9;
        const bool is_number =
            !word.empty() && word.size() <= longest_number && word.find_first_not_of("0123456789") == std::string::npos;
        if (takes == Takes::number && !is_number) {
            return usage_error(fmt::format("{} must be a whole number, and is {}", name, word.empty() ? "empty" : word),
                               fmt::format("for example {} 5", name));
        }
        return {};
    }

    CommandLine& line_;
    CLI::App app_;
    const CommandRow* row_ = nullptr;
    std::vector<GivenOption> given_;
    std::vector<std::string> words_;
    bool wants_help_ = false;
    bool wants_version_ = false;
};

// The command that is named behind `help`.
Status find_help(const std::vector<std::string>& words, const CommandRow*& row) {
    row = nullptr;
    for (const std::string& word : words) {
        const CommandRow* found = find_command(row == nullptr ? word : fmt::format("{} {}", row->name, word));
        if (found == nullptr) return unknown_command(word, row == nullptr ? std::string_view{} : row->name);
        row = found;
    }
    return {};
}

void show_help(ParsedLine& parsed, const CommandRow* row, std::size_t columns) {
    parsed.text = row == nullptr ? program_help(columns) : command_help(*row, columns);
    parsed.exit = ExitCode::success;
}

void refuse(ParsedLine& parsed, Error error) {
    parsed.error = std::move(error);
    parsed.exit = ExitCode::bad_usage;
}

// A wrong line asks for JSON, too.
bool asks_for_json(int argc, const char* const* argv) {
    for (int i = 1; i < argc; ++i) {
        const std::string_view word = argv[i];
        if (word == "--") return false;
        if (word == "--json") return true;
    }
    return false;
}

}  // namespace

ParsedLine parse_command_line(int argc, const char* const* argv, std::size_t columns) {
    ParsedLine parsed;
    if (asks_for_json(argc, argv)) parsed.line.form = OutputForm::json;
    parsed.line.arguments.assign(argv + std::min(argc, 1), argv + argc);
    Grammar grammar(parsed.line);
    if (Status status = grammar.parse(argc, argv); !status.ok()) {
        refuse(parsed, std::move(status).error());
    } else if (grammar.wants_help()) {
        show_help(parsed, grammar.row(), columns);
    } else if (grammar.row() == nullptr) {
        // A script that has lost its command must not look like a success. For a person the text is what matters.
        refuse(parsed, usage_error("a command is missing", "gup-agent status shows how the connectors are"));
        if (parsed.line.form == OutputForm::text) parsed.text = short_help(columns);
    } else if (parsed.line.command == Command::help) {
        const CommandRow* row = nullptr;
        if (Status found = find_help(parsed.line.names, row); !found.ok()) {
            refuse(parsed, std::move(found).error());
        } else {
            show_help(parsed, row, columns);
        }
    }
    return parsed;
}

}  // namespace gup
