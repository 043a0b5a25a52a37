// SPDX-License-Identifier: Apache-2.0
// Requirements that a virtualenv does not satisfy.
#pragma once

#include <string>
#include <vector>

#include "core/declaration/gupfile.hpp"
#include "core/observed.hpp"

namespace gup {

// One requirement that is not satisfied, and the installed state.
struct Drift {
    Requirement requirement;
    std::string installed;   // version, or "not installed", or a defect
    bool reinstall = false;  // something of that name is there that an installer could take for satisfying (defect,
                             // twice, other source)
    friend bool operator==(const Drift&, const Drift&) = default;
};
// The requirements of `gupfile` that apply to `virtualenv` and that it does not satisfy, in the order of the file.
// - Extras: a requirement needs the distributions that its extras need, and so on. One of these that is broken and that
//   no other requirement names is a drift itself. A lock file names all of them, so its extras are not looked at. As for
//   pip, an extra that the distribution does not have needs nothing.
// - Hashes: where requirements have hashes, one from a repository brings no others, so these have to be there.
// - Constraints: a requirement is not satisfied when it depends, also over others, on a version that they exclude.
[[nodiscard]] std::vector<Drift> find_drift(const Gupfile& gupfile, const ObservedVirtualenv& virtualenv);

// A distribution by its name, for people.
struct InstalledPackage {
    std::string name;
    std::string version;
    friend bool operator==(const InstalledPackage&, const InstalledPackage&) = default;
};
// The distributions that a lock file does not name: not what every virtualenv has, nor folders that a person works in.
// Empty for every other declaration.
[[nodiscard]] std::vector<InstalledPackage> find_unnamed(const Gupfile& gupfile, const ObservedVirtualenv& virtualenv);

// Every `python3 -m venv` brings these.
[[nodiscard]] bool is_of_every_virtualenv(const std::string& normalized_name);

}  // namespace gup
