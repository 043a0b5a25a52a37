// SPDX-License-Identifier: Apache-2.0
// The masking of tokens in the queries of URLs, as health probes and web hooks carry them.
#pragma once

#include <string>
#include <string_view>

namespace gup {

// mask_secrets (util/url), and the query of every http and https URL replaced by `?***`.
[[nodiscard]] std::string mask_urls(std::string_view text);

}  // namespace gup
