// SPDX-License-Identifier: Apache-2.0
// The problems of a project while it is read.
#pragma once

#include <map>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "core/declaration/gupfile.hpp"
#include "core/yaml/node.hpp"

namespace gup::compose {

// A text with variables, and what it became.
struct Hidden {
    std::string written;
    std::string value;
    std::vector<std::pair<std::string, std::string>> variables;  // names and values
};

class Findings {
public:
    void error(const yaml::Mark& mark, std::string message, std::string hint = {});
    void warning(const yaml::Mark& mark, std::string message, std::string hint = {});
    void add(Problem problem);
    // The value at this place is not known, which was told: more errors of it would only confuse.
    void silence(const yaml::Mark& mark);
    // The one of a silenced place that is told.
    void add_silenced(Problem problem);
    // The value at this place has the values of variables: problems there show what is written instead.
    void hide(const yaml::Mark& mark, Hidden hidden);

    // Each once, by file and place.
    [[nodiscard]] std::vector<Problem> take();

private:
    void mask(Problem& problem) const;
    void keep(Problem problem);

    using FilePlace = std::tuple<std::string, int, int>;

    std::vector<Problem> problems_;
    std::set<FilePlace> silenced_;
    std::map<FilePlace, Hidden> hidden_;
};

}  // namespace gup::compose
