// SPDX-License-Identifier: Apache-2.0
#include "app/command/lint_command.hpp"

#include <fmt/format.h>

#include <build_info.hpp>
#include <nlohmann/json.hpp>

#include "app/command/commands.hpp"
#include "app/lint/lint.hpp"
#include "app/lint/sarif.hpp"
#include "app/lint/snippet.hpp"
#include "app/output/output.hpp"
#include "app/output/print_text.hpp"
#include "util/printable.hpp"

namespace gup {
namespace {

using nlohmann::json;

std::string counted(std::size_t number, std::string_view word) {
    return fmt::format("{} {}{}", number, word, number == 1 ? "" : "s");
}

// "smart-meter/gupfile:3:10: pyserial has no version", as compilers and editors know it; then the line, a caret, the hint.
void print_problem(const LintProblem& problem) {
    std::string place = problem.file;
    if (problem.line > 0) place += fmt::format(":{}", problem.line);
    if (problem.line > 0 && problem.column > 0) place += fmt::format(":{}", problem.column);
    const std::string_view kind = problem.severity == Severity::warning ? "warning: " : "";
    print_text("{}: {}{}\n", printable(place), kind, printable(problem.message));
    print_text("{}", snippet_text(problem.text, problem.line, problem.column));
    if (!problem.hint.empty()) print_text("hint: {}\n", printable(problem.hint));
}

void print_report(const LintReport& report) {
    for (const LintProblem& problem : report.problems) print_problem(problem);
    const std::size_t mistakes = report.count(Severity::error);
    const std::size_t warnings = report.count(Severity::warning);
    std::string summary = mistakes == 0 ? "no mistakes" : counted(mistakes, "mistake");
    if (warnings > 0) summary += fmt::format(" and {}", counted(warnings, "warning"));
    if (!report.files.empty()) print_text("{} in {}\n", summary, counted(report.files.size(), "file"));
}

json document_of(const LintReport& report, ExitCode code) {
    json problems = json::array();
    for (const LintProblem& problem : report.problems) {
        problems.push_back({{"file", problem.file},
                            {"line", problem.line},
                            {"column", problem.column},
                            {"rule", to_string(problem.rule)},
                            {"severity", problem.severity == Severity::error ? "error" : "warning"},
                            {"message", problem.message},
                            {"hint", problem.hint}});
    }
    json unreadable = json::array();
    for (const Error& error : report.unreadable) {
        unreadable.push_back({{"message", error.message}, {"hint", error.hint}});
    }
    return {{"schema", json_schema},
            {"files", report.files},
            {"problems", std::move(problems)},
            {"unreadable", std::move(unreadable)},
            {"exit_code", static_cast<int>(code)}};
}

// Of the configuration that --config names; without it, the defaults.
Result<RequirementRules> rules_of(const CommandLine& line) {
    if (line.config.empty()) return RequirementRules{};
    ConfigSources sources;
    sources.file = line.config;
    sources.environment = [](const std::string& /*name*/) { return std::nullopt; };
    GUP_TRY(const std::string text, read_file(line.config, longest_config));
    sources.text = text;
    return load_config_leniently(sources).config.update.rules;
}

}  // namespace

ExitCode lint_command(const CommandLine& line) {
    const auto rules = rules_of(line);
    if (!rules.ok()) return report_error(line, rules.error());
    std::vector<fs::path> paths = line.lint.paths;
    if (paths.empty()) paths.emplace_back(".");
    const LintReport report = lint(paths, *rules);
    ExitCode code = report.count(Severity::error) == 0 ? ExitCode::success : ExitCode::connector_failed;
    if (!report.unreadable.empty()) code = ExitCode::bad_usage;
    if (line.lint.form == LintForm::sarif) {
        print_json(sarif_of(report, build_info::version));
    } else if (line.lint.form == LintForm::json || line.form == OutputForm::json) {
        print_json(document_of(report, code));
    } else {
        print_report(report);
    }
    for (const Error& error : report.unreadable) {
        print_text(stderr, "gup-agent: {}\n", printable(error.message));
        if (!error.hint.empty()) print_text(stderr, "hint: {}\n", printable(error.hint));
    }
    return code;
}

}  // namespace gup
