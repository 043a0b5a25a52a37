// SPDX-License-Identifier: Apache-2.0
// The files that git's settings name for TLS. Read by the thread that makes a request, because the I/O thread must not
// wait for a pipe.
#pragma once

#include <string>

#include "util/http/http.hpp"
#include "util/result.hpp"

namespace gup::detail {

// The authorities of a request with a ca_file or a ca_folder, as PEM: the file, or the standard one, and all of the
// folder. Fails when what is named cannot be read.
[[nodiscard]] Result<std::string> authorities_of(const HttpRequest& request, const HttpOptions& options);

struct ClientKeys {
    std::string certificate;  // PEM; empty: none
    std::string key;
};
[[nodiscard]] Result<ClientKeys> client_keys_of(const HttpRequest& request);

}  // namespace gup::detail
