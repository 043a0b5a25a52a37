// SPDX-License-Identifier: Apache-2.0
// A Python keeps the generation that it was started in.
#pragma once

#include "util/result.hpp"
#include "util/sys/file.hpp"

namespace gup {

// A Python that is started through a link to `virtualenv` uses the link's path as its prefix. It would import from
// another generation once the link is switched. A .pth file makes it resolve its prefix when it starts, so that it
// keeps its generation until it is restarted. Does nothing if the file exists, or if there is no site-packages.
[[nodiscard]] Status pin_prefix(const fs::path& virtualenv);

}  // namespace gup
