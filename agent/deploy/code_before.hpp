// SPDX-License-Identifier: Apache-2.0
// The code of a connector as it was before an update in place, for hooks that compare.
#pragma once

#include <string>
#include <vector>

#include "core/selection/code_path.hpp"
#include "util/result.hpp"
#include "util/sys/file.hpp"

namespace gup {

// Makes the folder `to` with the files `paths` of the work tree `from`, in their present state. They are hard links where
// that is possible, so that it takes hardly any space: a checkout replaces files, and does not write into them. Missing
// files are left out. On failure what was made is removed. As the owner.
[[nodiscard]] Status keep_code(const fs::path& from, const std::vector<CodePath>& paths, const fs::path& to);

}  // namespace gup
