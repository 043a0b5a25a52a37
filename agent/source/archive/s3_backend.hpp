// SPDX-License-Identifier: Apache-2.0
// Archives in a bucket of S3.
#pragma once

#include <memory>

#include "source/archive/backend.hpp"
#include "util/http/http.hpp"
#include "util/result.hpp"

namespace gup::detail {

// Signed requests to Amazon S3, or to the endpoint of another server.
[[nodiscard]] Result<std::unique_ptr<ArchiveServer>> make_bucket_server(HttpPool& pool, const ArchiveRequest& request);

}  // namespace gup::detail
