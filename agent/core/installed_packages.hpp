// SPDX-License-Identifier: Apache-2.0
// The distributions of a virtualenv by their names, as Python sees them. Pure.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/satisfied.hpp"

namespace gup {

class InstalledPackages {
public:
    // `virtualenv` must outlive it.
    explicit InstalledPackages(const ObservedVirtualenv& virtualenv);

    // Why no distribution satisfies `requirement`. Its marker and its extras are not looked at.
    [[nodiscard]] std::optional<Lack> lack_of(const Requirement& requirement) const;

    // The one that Python imports; nullptr: none.
    [[nodiscard]] const Distribution* find(const std::string& name) const;

private:
    struct Named {
        std::vector<const Distribution*> own;
        std::vector<const Distribution*> system;
    };
    [[nodiscard]] std::optional<Lack> lack_of_own(const Requirement& requirement, const Distribution& found) const;
    [[nodiscard]] const Named& named(const std::string& name) const;

    const ObservedVirtualenv& virtualenv_;
    std::map<std::string, Named> packages_;
    Origins origins_ = Origins::recorded;
};

}  // namespace gup
