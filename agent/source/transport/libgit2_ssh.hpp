// SPDX-License-Identifier: Apache-2.0
// git over the system's ssh, for libgit2.
#pragma once

#include <git2.h>
#include <git2/sys/transport.h>

namespace gup::detail {

// For git_smart_subtransport_definition, with rpc = 0.
int make_ssh_subtransport(git_smart_subtransport** out, git_transport* owner, void* parameter) noexcept;

}  // namespace gup::detail
