// SPDX-License-Identifier: Apache-2.0
#include "source/transport/libgit2_http.hpp"

#include <memory>
#include <string>

#include "source/remote/context.hpp"
#include "source/transport/advertisement_limit.hpp"
#include "source/transport/http_session.hpp"

namespace gup::detail {
namespace {

struct HttpSubtransport : git_smart_subtransport {
    HttpSession session;
};

// One exchange: writes are the request's body; the first read sends it.
struct ExchangeStream : git_smart_subtransport_stream {
    HttpSubtransport* transport = nullptr;
    Exchange exchange = Exchange::advertise;
    std::string body;
    std::unique_ptr<HttpStream> answer;
    bool ended = false;  // by its end or by an error
    AdvertisementLimit limit{AdvertisementLimit::End::message};
};

// libgit2 knows the end from git's protocol, and never reads up to the end of the answer.
void drain(ExchangeStream& stream) {
    if (stream.answer && !stream.ended) drain_answer(*stream.answer);
}

int http_stream_read(git_smart_subtransport_stream* base, char* buffer, std::size_t size, std::size_t* count) noexcept {
    *count = 0;
    auto* stream = static_cast<ExchangeStream*>(base);
    return guarded([&]() -> Status {
        if (!stream->answer) {
            GUP_TRY(stream->answer, stream->transport->session.perform(stream->exchange, stream->body));
        }
        const auto result = stream->answer->read(buffer, size);
        stream->ended = !result.ok() || *result == 0;
        GUP_TRY(*count, result);
        if (stream->exchange == Exchange::advertise) GUP_CHECK(stream->limit.take({buffer, *count}));
        if (*count == 0) note_end_of_stream({ErrorCode::unreachable, "the server ended its answer too early", {}});
        return report_received(*count);
    });
}

int http_stream_write(git_smart_subtransport_stream* base, const char* buffer, std::size_t size) noexcept {
    auto* stream = static_cast<ExchangeStream*>(base);
    return guarded([&]() -> Status {
        if (stream->exchange != Exchange::request || stream->answer) {
            return Error{ErrorCode::failed, "libgit2 wrote where nothing is to be written", {}};
        }
        stream->body.append(buffer, size);
        return {};
    });
}

void http_stream_free(git_smart_subtransport_stream* base) noexcept {
    auto* stream = static_cast<ExchangeStream*>(base);
    try {
        drain(*stream);
    } catch (...) {
        stream->answer.reset();
    }
    delete stream;  // NOLINT(cppcoreguidelines-owning-memory): C owns it
}

int http_action(git_smart_subtransport_stream** out, git_smart_subtransport* base, const char* url,
                git_smart_service_t service) noexcept {
    *out = nullptr;
    auto* transport = static_cast<HttpSubtransport*>(base);
    return guarded([&]() -> Status {
        if (service != GIT_SERVICE_UPLOADPACK_LS && service != GIT_SERVICE_UPLOADPACK) {
            return Error{ErrorCode::unsupported, "this program never pushes", {}};
        }
        if (service == GIT_SERVICE_UPLOADPACK_LS) {
            forget_error();
            GUP_CHECK(transport->session.begin(url, Protocol::v0));
        }
        auto stream = std::make_unique<ExchangeStream>();
        stream->subtransport = base;
        stream->read = http_stream_read;
        stream->write = http_stream_write;
        stream->free = http_stream_free;
        stream->transport = transport;
        stream->exchange = service == GIT_SERVICE_UPLOADPACK_LS ? Exchange::advertise : Exchange::request;
        *out = stream.release();
        return {};
    });
}

int http_close(git_smart_subtransport* /*base*/) noexcept {
    return 0;
}

void http_free(git_smart_subtransport* base) noexcept {
    delete static_cast<HttpSubtransport*>(base);  // NOLINT(cppcoreguidelines-owning-memory): C owns it
}

}  // namespace

int make_http_subtransport(git_smart_subtransport** out, git_transport* /*owner*/, void* /*parameter*/) noexcept {
    *out = nullptr;
    return guarded([&]() -> Status {
        auto transport = std::make_unique<HttpSubtransport>();
        transport->action = http_action;
        transport->close = http_close;
        transport->free = http_free;
        *out = transport.release();
        return {};
    });
}

}  // namespace gup::detail
