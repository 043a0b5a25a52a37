// SPDX-License-Identifier: Apache-2.0
// Names of new connectors. (An existing connector has the name of its folder.)
#pragma once

#include <string>
#include <string_view>

#include "util/result.hpp"
#include "util/url.hpp"

namespace gup {

// Checks the name of a new connector. It becomes a folder under root, a virtualenv, a file of the journal and an
// argument of this program. Letters, digits and . _ - +, at most 100 bytes, the first a letter or a digit. Fails with
// invalid_input.
[[nodiscard]] Status check_new_name(std::string_view name);

// The name that a clone of `url` gets: the last part of its path without ".git"; empty when there is none.
[[nodiscard]] std::string name_from_url(const Url& url);

}  // namespace gup
