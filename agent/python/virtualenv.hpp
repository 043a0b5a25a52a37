// A connector's virtualenv: its path and its distributions, read without starting Python.
#pragma once

#include <string>
#include <vector>

#include "core/observed.hpp"
#include "util/result.hpp"
#include "util/sys/file.hpp"

namespace gup {

// Searches connector `name`'s virtualenv, in this order: <root>/.pyenv/<name>, <home>/.pyenv/<name>,
// <root>/<name>/.venv. The first with a pyvenv.cfg (or, if there is none, with a bin/python) is `path`. Otherwise
// present is false and `path` is the first of the list.
struct VirtualenvLocation {
    bool present = false;
    fs::path path;
};
[[nodiscard]] VirtualenvLocation find_virtualenv(const fs::path& root, const std::string& name, const fs::path& home);

// Reads every installed distribution (all forms of "Recording installed projects", egg-info, egg-link, editable),
// leftovers and defects. An unreadable folder is an error; an unreadable distribution is a defect of that distribution.
// System folders (include-system-site-packages = true) are those that belong to pyvenv.cfg's `home`.
[[nodiscard]] Result<ObservedVirtualenv> inspect_virtualenv(const VirtualenvLocation& place);

}  // namespace gup
