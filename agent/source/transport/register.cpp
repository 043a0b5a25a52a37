// SPDX-License-Identifier: Apache-2.0
#include "source/transport/register.hpp"

#include <git2/sys/transport.h>

#include <array>

#include "source/remote/context.hpp"
#include "source/transport/libgit2_git.hpp"
#include "source/transport/libgit2_http.hpp"
#include "source/transport/libgit2_ssh.hpp"

// libgit2 is built without its HTTP client (cmake/libraries/build), but its transport.c and settings.c still name it.
// Nobody calls these: http and https are registered below.
extern "C" {
// NOLINTBEGIN(bugprone-reserved-identifier): the name is libgit2's
extern bool git_http__expect_continue;
bool git_http__expect_continue = false;
// NOLINTEND(bugprone-reserved-identifier)

int git_smart_subtransport_http(git_smart_subtransport** /*out*/, git_transport* /*owner*/, void* /*param*/) {
    return GIT_ENOTFOUND;
}
}

namespace gup {
namespace {

// Stateless: every exchange is a separate request.
git_smart_subtransport_definition http_definition{detail::make_http_subtransport, 1, nullptr};
git_smart_subtransport_definition git_definition{detail::make_git_subtransport, 0, nullptr};
git_smart_subtransport_definition ssh_definition{detail::make_ssh_subtransport, 0, nullptr};

struct Scheme {
    const char* name;
    git_smart_subtransport_definition* definition;
};

}  // namespace

Status register_transports(const GitSettings& settings) {
    detail::set_transport_settings(settings);
    const std::array<Scheme, 6> schemes{{
        {"http", &http_definition},
        {"https", &http_definition},
        {"git", &git_definition},
        {"ssh", &ssh_definition},
        {"ssh+git", &ssh_definition},
        {"git+ssh", &ssh_definition},
    }};
    for (const Scheme& scheme : schemes) {
        const int result = git_transport_register(scheme.name, git_transport_smart, scheme.definition);
        if (result != 0 && result != GIT_EEXISTS) {
            return Error{ErrorCode::failed, std::string("libgit2 does not take a transport for ") + scheme.name, {}};
        }
    }
    return {};
}

}  // namespace gup
