// SPDX-License-Identifier: Apache-2.0
// The meaning of curl's failures, and URLs as messages may show them.
#pragma once

#include <curl/curl.h>
#include <string>

#include "util/http/http.hpp"
#include "util/result.hpp"

namespace gup::detail {

// Translates curl's codes and words into an Error. `easy` tells how far the transfer came.
[[nodiscard]] Error http_error(CURL* easy, CURLcode code, const std::string& words, const HttpRequest& request);
// The URL for messages: without credentials and query.
[[nodiscard]] std::string display_url(const std::string& url);
// Without user, password and fragment; the query stays.
[[nodiscard]] std::string strip_credentials(const std::string& url);

}  // namespace gup::detail
