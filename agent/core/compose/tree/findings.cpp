// SPDX-License-Identifier: Apache-2.0
#include "core/compose/tree/findings.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace gup::compose {
namespace {
// More are no help to a person.
constexpr std::size_t most_problems = 200;
}  // namespace

void Findings::error(const yaml::Mark& mark, std::string message, std::string hint) {
    add(yaml::problem_at(mark, Severity::error, std::move(message), std::move(hint)));
}

void Findings::warning(const yaml::Mark& mark, std::string message, std::string hint) {
    add(yaml::problem_at(mark, Severity::warning, std::move(message), std::move(hint)));
}

void Findings::add(Problem problem) {
    const bool is_error = problem.severity == Severity::error;
    has_errors_ = has_errors_ || is_error;
    if (!silenced_.empty() && silenced_.contains({problem.file, problem.line, problem.column})) return;
    const bool is_known = std::find(problems_.begin(), problems_.end(), problem) != problems_.end();
    // An error is never lost behind warnings.
    const std::size_t limit = is_error ? 2 * most_problems : most_problems;
    if (!is_known && problems_.size() < limit) problems_.push_back(std::move(problem));
}

void Findings::silence(const yaml::Mark& mark) {
    silenced_.emplace(mark.origin ? mark.origin->file : std::string{}, mark.line, mark.column);
}

std::vector<Problem> Findings::take() {
    const auto place = [](const Problem& one) { return std::tie(one.file, one.line, one.column); };
    std::stable_sort(problems_.begin(), problems_.end(),
                     [&](const Problem& a, const Problem& b) { return place(a) < place(b); });
    return std::exchange(problems_, {});
}

}  // namespace gup::compose
