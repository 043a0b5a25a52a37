// SPDX-License-Identifier: Apache-2.0
// A Python package for the demo, which pip installs without a network.
#pragma once

#include <string>

#include "util/result.hpp"
#include "util/sys/file.hpp"

namespace gup {

// The Python that can make a virtualenv with pip; empty: there is none.
[[nodiscard]] fs::path find_python_for_virtualenvs();

// Writes meter_reader-VERSION-py3-none-any.whl into `folder` (PyPA: binary distribution format). Python's zipfile packs
// it. Fails when a file cannot be written or that program fails.
[[nodiscard]] Status write_demo_package(const fs::path& python, const fs::path& folder, const std::string& version);

}  // namespace gup
