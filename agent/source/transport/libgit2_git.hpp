// SPDX-License-Identifier: Apache-2.0
// git:// is libgit2's own transport, with the limits of the others around it.
#pragma once

#include <git2.h>
#include <git2/sys/transport.h>

namespace gup::detail {

[[nodiscard]] int make_git_subtransport(git_smart_subtransport** out, git_transport* owner, void* parameter) noexcept;

}  // namespace gup::detail
