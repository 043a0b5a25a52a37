// SPDX-License-Identifier: Apache-2.0
// A file of a revision.
#pragma once

#include <string>

namespace gup {

struct CodePath {
    std::string path;    // relative to the code's folder
    std::string link{};  // where a symbolic link leads to; empty: it is none
};

}  // namespace gup
