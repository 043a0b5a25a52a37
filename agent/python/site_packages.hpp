// One site-packages folder: every form of installed distribution, read with a few system calls for each.
#pragma once

#include "core/observed.hpp"
#include "util/result.hpp"
#include "util/sys/file.hpp"

namespace gup {

enum class SiteKind : std::uint8_t { virtualenv, system };

// Adds the distributions in `folder` to environment.distributions, and for SiteKind::environment leftovers and
// unreadable files. Fails when the folder cannot be read; not_found when it does not exist.
[[nodiscard]] Status scan_site_packages(const fs::path& folder, SiteKind kind, ObservedVirtualenv& virtualenv);

}  // namespace gup
