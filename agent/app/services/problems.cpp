// SPDX-License-Identifier: Apache-2.0
#include "app/services/problems.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "app/lint/snippet.hpp"
#include "app/output/print_text.hpp"
#include "util/printable.hpp"

namespace gup {
namespace {

std::string shown_path(const fs::path& repository, const std::string& file) {
    if (file.empty()) return {};
    const fs::path path = repository / file;
    std::error_code failed;
    const fs::path working = fs::current_path(failed);
    return failed || !is_below(path, working) ? path.string() : path.lexically_relative(working).string();
}

std::string shown_place(const fs::path& repository, const Problem& problem) {
    std::string place = shown_path(repository, problem.file);
    if (place.empty()) return {};
    if (problem.line > 0) place += fmt::format(":{}", problem.line);
    if (problem.line > 0 && problem.column > 0) place += fmt::format(":{}", problem.column);
    return printable(place) + ": ";
}

}  // namespace

void print_problems(const CommandLine& line, const fs::path& repository, const std::vector<Problem>& problems) {
    if (line.form == OutputForm::json) return;
    for (const Problem& problem : problems) {
        const std::string_view kind = problem.severity == Severity::warning ? "warning: " : "";
        print_text(stderr, "{}{}{}\n", shown_place(repository, problem), kind, printable(problem.message));
        if (!problem.file.empty() && problem.line > 0) {
            const auto text = read_file(repository / problem.file);
            if (text.ok()) print_text(stderr, "{}", snippet_text(*text, problem.line, problem.column));
        }
        if (!problem.hint.empty()) print_text(stderr, "hint: {}\n", printable(problem.hint));
    }
}

nlohmann::json problems_document(const fs::path& repository, const std::vector<Problem>& problems) {
    nlohmann::json result = nlohmann::json::array();
    for (const Problem& problem : problems) {
        result.push_back({{"file", shown_path(repository, problem.file)},
                          {"line", problem.line},
                          {"column", problem.column},
                          {"severity", problem.severity == Severity::error ? "error" : "warning"},
                          {"message", problem.message},
                          {"hint", problem.hint}});
    }
    return result;
}

std::string count_of_mistakes(const std::vector<Problem>& problems) {
    const auto number = std::ranges::count(problems, Severity::error, &Problem::severity);
    return fmt::format("{} mistake{}", number, number == 1 ? "" : "s");
}

}  // namespace gup
