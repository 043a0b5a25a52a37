// A connector's virtualenv: where it is, and what is installed in it, read without starting Python.
#pragma once

#include <string>
#include <vector>

#include "core/observed.hpp"
#include "util/result.hpp"
#include "util/sys/file.hpp"

namespace gup {

// Where connector `name`'s virtualenv is looked for, in this order: <root>/.pyenv/<name>, <home>/.pyenv/<name>,
// <root>/<name>/.venv. The first that has a pyvenv.cfg (or, failing that, a bin/python) is `path`; if none, present is
// false and `path` is the first place.
struct VirtualenvLocation {
    bool present = false;
    fs::path path;
};
[[nodiscard]] VirtualenvLocation find_virtualenv(const fs::path& root, const std::string& name, const fs::path& home);

// Reads every installed distribution (all forms of "Recording installed projects", egg-info, egg-link, editable),
// leftovers and defects. A folder that cannot be read is an error; a distribution that cannot is a defect of that
// distribution. System folders (include-system-site-packages = true) are those that belong to pyvenv.cfg's `home`.
[[nodiscard]] Result<ObservedVirtualenv> inspect_virtualenv(const VirtualenvLocation& place);

}  // namespace gup
