// SPDX-License-Identifier: Apache-2.0
// The variables of a project, and those of a file that it includes.
#pragma once

#include <map>
#include <optional>
#include <string>

namespace gup::compose {

class Variables {
public:
    using Map = std::map<std::string, std::string>;

    // `outside`: from outside of the repository; `used` gets those that find() answered with. Both live longer.
    Variables(const Map& outside, Map& used) : outside_(&outside), used_(&used) {}

    // One of a file in the repository; an earlier one, and one from outside, wins.
    void add(const std::string& name, const std::string& value) { inside_.try_emplace(name, value); }

    [[nodiscard]] std::optional<std::string> find(const std::string& name) const;
    // Without a note that it was used: for a report, not for a result.
    [[nodiscard]] bool has(const std::string& name) const { return outside_->contains(name) || inside_.contains(name); }

private:
    const Map* outside_;
    Map* used_;
    Map inside_;
};

}  // namespace gup::compose
