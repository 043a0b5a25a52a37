// SPDX-License-Identifier: Apache-2.0
// Shared code of the tests of git over HTTP and SSH.
#pragma once

#include <doctest/doctest.h>
#include <git2.h>

#include <optional>
#include <string>

#include "http_fixture.hpp"
#include "source/remote/transport_scope.hpp"
#include "source/transport/register.hpp"
#include "util/sys/directory.hpp"

namespace gup::test {

// A server that sends nothing for a second is given up.
inline std::shared_ptr<HttpPool> shared_pool() {
    static const std::shared_ptr<HttpPool> pool = [] {
        HttpOptions options;
        options.low_speed_time = Milliseconds{1000};
        return pool_with(options);
    }();
    return pool;
}

// A user with only the files of the test.
struct Home {
    TemporaryFolder folder = temporary_folder();
    GitUser user{folder.path(), folder.path() / "system"};
    void write(const std::string& name, const std::string& text) const { write_text(folder.path() / name, text); }
};

struct CloneOutcome {
    std::string commit;  // HEAD of the clone
    std::optional<Error> error;
    std::uint64_t bytes = 0;
};

// libgit2's own clone, over the transports that are registered.
inline CloneOutcome clone_as(const GitUser& user, const std::string& url, git_repository* repository = nullptr) {
    CloneOutcome outcome;
    const TemporaryFolder folder = temporary_folder();
    const TransportScope scope(user, repository,
                               [&](const TransferProgress& progress) { outcome.bytes = progress.bytes; });
    git_repository* made = nullptr;
    git_clone_options options{};
    git_clone_options_init(&options, GIT_CLONE_OPTIONS_VERSION);
    if (git_clone(&made, url.c_str(), (folder.path() / "clone").c_str(), &options) == 0) {
        CHECK(!take_transport_error());
        git_oid head{};
        CHECK(git_reference_name_to_id(&head, made, "HEAD") == 0);
        std::string text(40, '0');
        git_oid_fmt(text.data(), &head);
        outcome.commit = text;
    } else {
        outcome.error = take_transport_error();
        if (!outcome.error) outcome.error = Error{ErrorCode::failed, git_error_last()->message, "libgit2's own"};
    }
    git_repository_free(made);
    return outcome;
}

}  // namespace gup::test
