// SPDX-License-Identifier: Apache-2.0
// For whom the transports of this thread work.
#pragma once

#include <git2.h>

#include <optional>

#include "source/libgit2/types.hpp"
#include "util/result.hpp"

namespace gup {

// While it lives, transports used by this thread work for `user`, with the configuration of `repository` (may be
// null), and report received bytes to `progress` (may be empty; only TransferProgress::bytes is set). Scopes nest.
// A download is held to the day's data budget; a question is only held to the run's.
enum class Traffic : std::uint8_t { question, download };
class TransportScope {
public:
    TransportScope(const GitUser& user, git_repository* repository, ProgressCallback progress,
                   Traffic traffic = Traffic::question);
    ~TransportScope();
    TransportScope(const TransportScope&) = delete;
    TransportScope& operator=(const TransportScope&) = delete;
};

// The precise error of the last failed transport call on this thread, which libgit2 would have flattened; nullopt when
// the failure was not the transport's. Ask right after the libgit2 call that failed; it is forgotten then, when another
// connection begins, and when a scope begins.
[[nodiscard]] std::optional<Error> take_transport_error();

}  // namespace gup
