// SPDX-License-Identifier: Apache-2.0
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

// The paths that lead to a folder: `folder` itself, and without links.
[[nodiscard]] std::vector<std::string> paths_of_folder(const fs::path& folder);

// pyvenv.cfg, and the folders that follow from it.
struct PyvenvConfig {
    std::string home;     // the folder of the interpreter that created the virtualenv
    std::string version;  // "3.11" of `version` or uv's and virtualenv's `version_info`; empty: missing
    bool system_site_packages = false;
    std::string executable{};      // the interpreter itself, if it is named
    std::string full_version{};    // "3.11.2" of the same line; "3.11" if it has no more
    std::string implementation{};  // of uv and virtualenv, in small letters: "cpython", "pypy"
};

// "key = value" lines; keys in any case; other lines are ignored.
[[nodiscard]] PyvenvConfig parse_pyvenv_config(std::string_view text);

// "3.11" of ".../python3.11" or "3.11.2"; empty if there is no such number.
[[nodiscard]] std::string minor_version(std::string_view text);

// "3.11.2" of "3.11.2" or "3.11.2.final.0", "3.14.0rc1" of "3.14.0.candidate.1" or "3.14.0rc1"; empty if there is no such
// number.
[[nodiscard]] std::string full_version(std::string_view text);

// The folders with the own distributions of the interpreter at config.home, in sys.path's order (Debian's folders too).
// They may not exist.
[[nodiscard]] std::vector<fs::path> system_site_folders(const PyvenvConfig& config);

}  // namespace gup
