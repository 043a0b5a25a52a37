// SPDX-License-Identifier: Apache-2.0
#include "source/transport/libgit2_ssh.hpp"

#include <memory>
#include <string_view>

#include "source/remote/context.hpp"
#include "source/transport/advertisement_limit.hpp"
#include "source/transport/pkt_line.hpp"
#include "source/transport/ssh_session.hpp"

namespace gup::detail {
namespace {

struct SshSubtransport;

// libgit2 has one stream for the whole conversation, and frees it before it closes the transport.
struct SshStream : git_smart_subtransport_stream {
    SshSubtransport* transport = nullptr;
};

struct SshSubtransport : git_smart_subtransport {
    SshSession session;
    SshStream* stream = nullptr;  // libgit2's
    AdvertisementLimit limit{AdvertisementLimit::End::flush};
};

Status read(SshSubtransport& transport, char* buffer, std::size_t size, std::size_t& count) {
    SshSession& session = transport.session;
    GUP_TRY(count, session.read(buffer, size));
    GUP_CHECK(transport.limit.take({buffer, count}));
    if (count == 0 && !session.end().message.empty()) note_end_of_stream(session.end());
    return {};
}

Status write(SshSession& session, std::string_view bytes) {
    if (bytes != flush_packet) return session.write(bytes);
    session.write_goodbye();
    return {};
}

int ssh_stream_read(git_smart_subtransport_stream* base, char* buffer, std::size_t size, std::size_t* count) noexcept {
    *count = 0;
    return guarded([&] { return read(*static_cast<SshStream*>(base)->transport, buffer, size, *count); });
}

int ssh_stream_write(git_smart_subtransport_stream* base, const char* buffer, std::size_t size) noexcept {
    return guarded([&] { return write(static_cast<SshStream*>(base)->transport->session, {buffer, size}); });
}

void ssh_stream_free(git_smart_subtransport_stream* base) noexcept {
    auto* stream = static_cast<SshStream*>(base);
    if (stream->transport->stream == stream) stream->transport->stream = nullptr;
    delete stream;  // NOLINT(cppcoreguidelines-owning-memory): C owns it
}

Status open_stream(SshSubtransport& transport, const char* url) {
    forget_error();
    GUP_CHECK(transport.session.start(url, Protocol::v0));
    transport.limit = AdvertisementLimit(AdvertisementLimit::End::flush);
    auto stream = std::make_unique<SshStream>();
    stream->subtransport = &transport;
    stream->read = ssh_stream_read;
    stream->write = ssh_stream_write;
    stream->free = ssh_stream_free;
    stream->transport = &transport;
    transport.stream = stream.release();
    return {};
}

int ssh_action(git_smart_subtransport_stream** out, git_smart_subtransport* base, const char* url,
               git_smart_service_t service) noexcept {
    *out = nullptr;
    auto& transport = *static_cast<SshSubtransport*>(base);
    return guarded([&]() -> Status {
        if (service == GIT_SERVICE_UPLOADPACK_LS) {
            GUP_CHECK(open_stream(transport, url));
        } else if (service != GIT_SERVICE_UPLOADPACK) {
            return Error{ErrorCode::unsupported, "this program never pushes", {}};
        } else if (transport.stream == nullptr) {
            return Error{ErrorCode::failed, "libgit2 fetches before it has listed", {}};
        }
        *out = transport.stream;
        return {};
    });
}

int ssh_close(git_smart_subtransport* base) noexcept {
    auto& transport = *static_cast<SshSubtransport*>(base);
    try {
        transport.session.close();
        return 0;
    } catch (...) {
        return GIT_ERROR;
    }
}

void ssh_free(git_smart_subtransport* base) noexcept {
    delete static_cast<SshSubtransport*>(base);  // NOLINT(cppcoreguidelines-owning-memory): C owns it
}

}  // namespace

int make_ssh_subtransport(git_smart_subtransport** out, git_transport* /*owner*/, void* /*parameter*/) noexcept {
    *out = nullptr;
    return guarded([&]() -> Status {
        auto transport = std::make_unique<SshSubtransport>();
        transport->action = ssh_action;
        transport->close = ssh_close;
        transport->free = ssh_free;
        *out = transport.release();
        return {};
    });
}

}  // namespace gup::detail
