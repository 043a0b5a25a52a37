// SPDX-License-Identifier: Apache-2.0
#include "source/transport/libgit2_git.hpp"

#include <memory>

#include "source/remote/context.hpp"
#include "source/transport/advertisement_limit.hpp"

namespace gup::detail {
namespace {

struct GitSubtransport;

// libgit2 has one stream for the whole conversation, and frees it before the transport.
struct GitStream : git_smart_subtransport_stream {
    GitSubtransport* transport = nullptr;
    git_smart_subtransport_stream* inner = nullptr;
    AdvertisementLimit limit{AdvertisementLimit::End::flush};
};

struct GitSubtransport : git_smart_subtransport {
    git_smart_subtransport* inner = nullptr;
    GitStream* stream = nullptr;  // libgit2's
};

int git_stream_read(git_smart_subtransport_stream* base, char* buffer, std::size_t size, std::size_t* count) noexcept {
    auto& stream = *static_cast<GitStream*>(base);
    *count = 0;
    if (const int code = stream.inner->read(stream.inner, buffer, size, count); code < 0) return code;
    return guarded([&]() -> Status {
        GUP_CHECK(stream.limit.take({buffer, *count}));
        return report_received(*count);
    });
}

int git_stream_write(git_smart_subtransport_stream* base, const char* buffer, std::size_t size) noexcept {
    auto& stream = *static_cast<GitStream*>(base);
    return stream.inner->write(stream.inner, buffer, size);
}

void git_stream_free(git_smart_subtransport_stream* base) noexcept {
    auto* stream = static_cast<GitStream*>(base);
    stream->inner->free(stream->inner);
    if (stream->transport->stream == stream) stream->transport->stream = nullptr;
    delete stream;  // NOLINT(cppcoreguidelines-owning-memory): C owns it
}

int git_action(git_smart_subtransport_stream** out, git_smart_subtransport* base, const char* url,
               git_smart_service_t service) noexcept {
    *out = nullptr;
    auto& transport = *static_cast<GitSubtransport*>(base);
    git_smart_subtransport_stream* inner = nullptr;
    if (const int code = transport.inner->action(&inner, transport.inner, url, service); code < 0) return code;
    return guarded([&]() -> Status {
        if (transport.stream == nullptr || transport.stream->inner != inner) {
            auto stream = std::make_unique<GitStream>();
            stream->subtransport = base;
            stream->read = git_stream_read;
            stream->write = git_stream_write;
            stream->free = git_stream_free;
            stream->transport = &transport;
            stream->inner = inner;
            transport.stream = stream.release();
        }
        *out = transport.stream;
        return {};
    });
}

int git_close(git_smart_subtransport* base) noexcept {
    auto& transport = *static_cast<GitSubtransport*>(base);
    return transport.inner->close(transport.inner);
}

void git_free_transport(git_smart_subtransport* base) noexcept {
    auto* transport = static_cast<GitSubtransport*>(base);
    transport->inner->free(transport->inner);
    delete transport;  // NOLINT(cppcoreguidelines-owning-memory): C owns it
}

}  // namespace

int make_git_subtransport(git_smart_subtransport** out, git_transport* owner, void* /*parameter*/) noexcept {
    *out = nullptr;
    return guarded([&]() -> Status {
        forget_error();
        auto transport = std::make_unique<GitSubtransport>();
        if (git_smart_subtransport_git(&transport->inner, owner, nullptr) != 0) {
            return Error{ErrorCode::failed, "libgit2 has no transport for git://", {}};
        }
        transport->action = git_action;
        transport->close = git_close;
        transport->free = git_free_transport;
        *out = transport.release();
        return {};
    });
}

}  // namespace gup::detail
