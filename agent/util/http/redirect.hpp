// SPDX-License-Identifier: Apache-2.0
// Redirects that the caller follows by itself, because its headers, credentials or settings depend on the host.
#pragma once

#include <string>

#include "util/http/http.hpp"
#include "util/result.hpp"

namespace gup {

// True for a redirect (301, 302, 303, 307, 308) that names its target.
[[nodiscard]] bool is_redirect(const HttpHead& head);

// The redirects of one request.
class RedirectChain {
public:
    // The absolute URL that `head`, the answer to the last request, redirects to; with the credentials that it names.
    // Fails with protocol for a malformed URL, another scheme than http and https, http after https, and after ten
    // redirects.
    [[nodiscard]] Result<std::string> next(const HttpHead& head);

private:
    int followed_ = 0;
};

}  // namespace gup
