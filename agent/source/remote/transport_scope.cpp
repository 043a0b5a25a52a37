// SPDX-License-Identifier: Apache-2.0
#include "source/remote/transport_scope.hpp"

#include <memory>
#include <optional>

#include "source/remote/context.hpp"

namespace gup {

TransportScope::TransportScope(const GitUser& user, git_repository* repository, ProgressCallback progress,
                               Traffic traffic) {
    detail::forget_error();
    auto context = std::make_unique<detail::TransportContext>();
    context->user = user;
    context->repository = repository;
    context->progress = std::move(progress);
    context->traffic = traffic;
    if (traffic == Traffic::download && repository != nullptr) {
        context->space.emplace(git_repository_commondir(repository), detail::transport_settings().disk_reserve);
    }
    detail::push_transport(context.release());
}

TransportScope::~TransportScope() {
    detail::pop_transport();
}

std::optional<Error> take_transport_error() {
    return detail::take_error();
}

}  // namespace gup
