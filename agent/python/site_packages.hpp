// SPDX-License-Identifier: Apache-2.0
// One site-packages folder: every form of installed distribution, read with a few system calls for each.
#pragma once

#include <string>
#include <vector>

#include "core/observed.hpp"
#include "util/result.hpp"
#include "util/sys/file.hpp"

namespace gup {

// The site-packages folders of the virtualenv at `root`, each once: lib64 is often a link to lib. Those of this version
// of Python; if it is unknown or has none, all.
[[nodiscard]] Result<std::vector<fs::path>> site_folders(const fs::path& root, const std::string& version = {});

enum class SiteKind : std::uint8_t { virtualenv, system };

// Adds the distributions in `folder` to environment.distributions, and for SiteKind::environment leftovers and
// unreadable files. Fails when the folder cannot be read; not_found when it does not exist.
[[nodiscard]] Status scan_site_packages(const fs::path& folder, SiteKind kind, ObservedVirtualenv& virtualenv);

}  // namespace gup
