// SPDX-License-Identifier: Apache-2.0
// The context of one thread's transports, and their results.
#pragma once

#include <git2.h>

#include <cstdint>
#include <optional>
#include <string>

#include "source/libgit2/types.hpp"
#include "source/remote/config.hpp"
#include "source/remote/transport_scope.hpp"
#include "util/result.hpp"
#include "util/sys/free_space.hpp"

namespace gup::detail {

// The requested version of git's protocol.
enum class Protocol : std::uint8_t { v0, v2 };

struct TransportContext {
    GitUser user;
    git_repository* repository = nullptr;
    ProgressCallback progress;
    Traffic traffic = Traffic::question;
    std::uint64_t received = 0;
    std::optional<SpaceWatch> space;  // of a download into `repository`
    TransportContext* outer = nullptr;
};

// The folder in which git finds its configuration; "/" if there is no repository.
[[nodiscard]] fs::path folder_of(git_repository* repository_or_null);

// The innermost scope's; a default one (without a home) if there is none.
[[nodiscard]] TransportContext& current_transport();
void push_transport(TransportContext* context) noexcept;
void pop_transport() noexcept;

// The settings given to git_initialize.
[[nodiscard]] const GitSettings& transport_settings();
void set_transport_settings(const GitSettings& settings);

// The configuration of the current scope: the system's, the user's, the repository's.
[[nodiscard]] RemoteConfig read_config(const TransportContext& context);
// The same without a repository.
[[nodiscard]] RemoteConfig read_config(const GitUser& user);

// Counts received bytes and reports progress. Fails when they exceed the data budget, or a download would use the disk
// reserve.
[[nodiscard]] Status report_received(std::size_t bytes);

// Keeps the first error of a call for take_transport_error, reports it to libgit2, and gives the callback's return
// value.
[[nodiscard]] int report_error(const Error& error) noexcept;
// The stream ended. libgit2 decides whether this is an error: if it needed more, `error` is the cause.
void note_end_of_stream(const Error& error) noexcept;
void forget_error() noexcept;
[[nodiscard]] std::optional<Error> take_error();

// For the outermost frame of a callback from C: no exception may leave it.
template <class Function>
[[nodiscard]] int guarded(Function&& function) noexcept {
    try {
        const Status status = function();
        return status.ok() ? 0 : report_error(status.error());
    } catch (...) {
        return report_error({ErrorCode::failed, "out of memory", {}});
    }
}

}  // namespace gup::detail
