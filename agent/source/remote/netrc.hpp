// SPDX-License-Identifier: Apache-2.0
// ~/.netrc, the file of ftp(1), as curl reads it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "util/http/http.hpp"

namespace gup::detail {

// The first entry of `text` for `host`, or `default`, that has a login or a password. With a `user`, only entries of that
// user, or of nobody. A login without a password has the empty one.
[[nodiscard]] std::optional<HttpCredentials> find_in_netrc(std::string_view text, std::string_view host,
                                                           std::string_view user);

}  // namespace gup::detail
