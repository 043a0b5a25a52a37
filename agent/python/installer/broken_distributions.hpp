// SPDX-License-Identifier: Apache-2.0
// Removes, before a call of pip, the records that pip cannot handle.
#pragma once

#include <vector>

#include "core/observed.hpp"
#include "python/installer/installer.hpp"
#include "util/result.hpp"

namespace gup {

// The "~name" folders of an interrupted pip.
[[nodiscard]] Status remove_leftovers(const ObservedVirtualenv& virtualenv);

// Of the distributions that `requests` name: records that pip does not see (no METADATA), refuses to uninstall (no
// RECORD, a single-file egg-info), or chokes on (not UTF-8), and all but one of several of the same name. Only the
// record is removed: the code stays importable, and the installation overwrites it.
[[nodiscard]] Status remove_unmanageable(const ObservedVirtualenv& virtualenv,
                                         const std::vector<InstallRequest>& requests);

}  // namespace gup
