// Pins that a virtualenv does not satisfy.
#pragma once

#include <string>
#include <vector>

#include "core/declaration/gupfile.hpp"
#include "core/observed.hpp"

namespace gup {

// One pin that is not satisfied, and the installed state.
struct Drift {
    Requirement requirement;
    std::string installed;   // version, or "not installed", or a defect
    bool reinstall = false;  // something of that name is there that an installer could take for satisfying (defect,
                             // twice, other source)
    friend bool operator==(const Drift&, const Drift&) = default;
};
// The pins of `gupfile` that `environment` does not satisfy, in file order.
[[nodiscard]] std::vector<Drift> find_drift(const Gupfile& gupfile, const ObservedVirtualenv& virtualenv);

}  // namespace gup
