// SPDX-License-Identifier: Apache-2.0
// Archives on a web server.
#pragma once

#include <memory>

#include "source/archive/backend.hpp"
#include "util/http/http.hpp"
#include "util/result.hpp"

namespace gup::detail {

// Basic authentication, netrc, credential helpers, proxy and CA as git has them for this URL.
[[nodiscard]] Result<std::unique_ptr<ArchiveServer>> make_web_server(HttpPool& pool, const ArchiveRequest& request);

}  // namespace gup::detail
