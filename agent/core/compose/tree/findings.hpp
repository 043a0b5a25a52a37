// SPDX-License-Identifier: Apache-2.0
// The problems of a project while it is read.
#pragma once

#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "core/declaration/gupfile.hpp"
#include "core/yaml/node.hpp"

namespace gup::compose {

class Findings {
public:
    void error(const yaml::Mark& mark, std::string message, std::string hint = {});
    void warning(const yaml::Mark& mark, std::string message, std::string hint = {});
    void add(Problem problem);
    // The value at this place is not known, which was told: more errors of it would only confuse.
    void silence(const yaml::Mark& mark);
    [[nodiscard]] bool has_errors() const { return has_errors_; }

    // Each once, by file and place.
    [[nodiscard]] std::vector<Problem> take();

private:
    using FilePlace = std::tuple<std::string, int, int>;

    std::vector<Problem> problems_;
    std::set<FilePlace> silenced_;
    bool has_errors_ = false;
};

}  // namespace gup::compose
