// libgit2's transports for http, https and ssh: ours, over the shared HTTP pool and the system's ssh.
#pragma once

#include <git2.h>

#include <optional>

#include "source/git/repository.hpp"
#include "util/result.hpp"

namespace gup {

// Registers http, https and ssh with libgit2. Called once by git_initialize, with what all share; again: only the
// settings are replaced.
[[nodiscard]] Status register_transports(const GitSettings& settings);

// While it lives, transports used by this thread work for `user`, with the configuration of `repository` (may be
// null), and report received bytes to `progress` (may be empty; only TransferProgress::bytes is set). Scopes nest.
// A download is held to the data budget; a question is always allowed.
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
