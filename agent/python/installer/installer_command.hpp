// SPDX-License-Identifier: Apache-2.0
// The call of uv or pip: requirement file, arguments and environment.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "python/installer/installer.hpp"
#include "util/process/process.hpp"

namespace gup {

struct PipVersion {
    int major = 0;
    int minor = 0;
    friend auto operator<=>(const PipVersion&, const PipVersion&) = default;  // NOLINT(modernize-use-nullptr): not so
};
// "23.0.1" → 23, 0.
[[nodiscard]] PipVersion parse_pip_version(std::string_view text);

// The record of the virtualenv's pip; nullptr: there is none.
[[nodiscard]] const Distribution* installed_pip(const ObservedVirtualenv& virtualenv);

// The program of a call.
struct InstallerTool {
    bool uv = false;
    fs::path program;  // uv, or the virtualenv's interpreter
    PipVersion pip;    // when not uv

    [[nodiscard]] const char* name() const { return uv ? "uv" : "pip"; }
};

// uv or pip, according to the settings and the virtualenv. Fails with not_found, and with unsupported if a setting in
// the owner's files would mislead it. `has_hashes`: the owner may ask for hashes.
[[nodiscard]] Result<InstallerTool> choose_installer(const ObservedVirtualenv& virtualenv,
                                                     const InstallerSettings& settings, bool has_hashes = false);

// `folder` is private to the call: it is TMPDIR, and it contains `requirement_file`.
struct CallFiles {
    fs::path folder;
    fs::path requirement_file;
    fs::path askpass;                   // empty: none needed
    fs::path constraint_file{};         // empty: none needed
    bool requires_hashes = false;       // each requirement has hashes, and the installer checks them
    bool without_dependencies = false;  // nothing but the requirements is installed
    bool names_index = false;           // `requirement_file` names the package index
};
[[nodiscard]] ProcessRequest installer_process(const InstallerTool& tool, const ObservedVirtualenv& virtualenv,
                                               const InstallerSettings& settings, const CallFiles& files);

// The call that removes `names`. `folder` is private to it.
[[nodiscard]] ProcessRequest uninstaller_process(const InstallerTool& tool, const ObservedVirtualenv& virtualenv,
                                                 const InstallerSettings& settings, const fs::path& folder,
                                                 const std::vector<std::string>& names);

// Variables that would make Python search elsewhere, or pip install elsewhere or print less. For a home that is not this
// process's also the ones that name its folders.
[[nodiscard]] std::vector<std::string> misleading_variables(const fs::path& home);

}  // namespace gup
