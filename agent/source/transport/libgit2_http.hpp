// SPDX-License-Identifier: Apache-2.0
// git's smart HTTP for libgit2, over the shared HTTP pool.
#pragma once

#include <git2.h>
#include <git2/sys/transport.h>

namespace gup::detail {

// For git_smart_subtransport_definition, with rpc = 1.
int make_http_subtransport(git_smart_subtransport** out, git_transport* owner, void* parameter) noexcept;

}  // namespace gup::detail
