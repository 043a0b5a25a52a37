// SPDX-License-Identifier: Apache-2.0
#include "core/compose/tree/findings.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace gup::compose {
namespace {
// More are no help to a person.
constexpr std::size_t most_problems = 200;
// A shorter value would be found in words that are not the value.
constexpr std::size_t shortest_hidden = 4;

void replace_all(std::string& text, const std::string& value, const std::string& with) {
    if (value.empty() || value == with) return;
    for (std::size_t at = text.find(value); at != std::string::npos; at = text.find(value, at + with.size())) {
        text.replace(at, value.size(), with);
    }
}

}  // namespace

void Findings::error(const yaml::Mark& mark, std::string message, std::string hint) {
    add(yaml::problem_at(mark, Severity::error, std::move(message), std::move(hint)));
}

void Findings::warning(const yaml::Mark& mark, std::string message, std::string hint) {
    add(yaml::problem_at(mark, Severity::warning, std::move(message), std::move(hint)));
}

void Findings::add(Problem problem) {
    if (silenced_.contains({problem.file, problem.line, problem.column})) return;
    mask(problem);
    keep(std::move(problem));
}

void Findings::add_silenced(Problem problem) {
    keep(std::move(problem));
}

void Findings::keep(Problem problem) {
    const bool is_known = std::find(problems_.begin(), problems_.end(), problem) != problems_.end();
    // An error is never lost behind warnings.
    const std::size_t limit = problem.severity == Severity::error ? 2 * most_problems : most_problems;
    if (!is_known && problems_.size() < limit) problems_.push_back(std::move(problem));
}

void Findings::hide(const yaml::Mark& mark, Hidden hidden) {
    const FilePlace place{mark.origin ? mark.origin->file : std::string{}, mark.line, mark.column};
    hidden_.insert_or_assign(place, std::move(hidden));
}

void Findings::mask(Problem& problem) const {
    const auto found = hidden_.find({problem.file, problem.line, problem.column});
    if (found == hidden_.end()) return;
    for (std::string* const text : {&problem.message, &problem.hint}) {
        replace_all(*text, yaml::shown(found->second.value), yaml::shown(found->second.written));
        for (const auto& [name, value] : found->second.variables) {
            if (value.size() >= shortest_hidden) replace_all(*text, value, "${" + name + "}");
        }
    }
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
