#include "source/git_ssh.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <memory>
#include <optional>

#include "source/transport_context.hpp"
#include "util/process.hpp"
#include "util/url.hpp"

namespace gup::detail {
namespace {

std::string environment_value(const char* name) {
    const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nobody sets any
    return value != nullptr ? value : "";
}

struct SshSubtransport;

// libgit2 has one stream for the whole conversation, and frees it before it closes the transport.
struct SshStream : git_smart_subtransport_stream {
    SshSubtransport* transport = nullptr;
};

struct SshSubtransport : git_smart_subtransport {
    std::optional<PipedProcess> process;
    SshStream* stream = nullptr;  // libgit2's
    std::string remote;           // for messages
    bool ended = false;
};

Status start(SshSubtransport& transport, const std::string& url) {
    const TransportContext& context = current_transport();
    const GitSettings& settings = transport_settings();
    const SshProgram program = choose_ssh(read_config(context), environment_value);
    ProcessRequest request;
    GUP_TRY(request.argv, ssh_arguments(url, program, settings.connect_timeout));
    request.set_env = {{"LC_ALL", "C"}, {"SSH_ASKPASS_REQUIRE", "never"}};
    if (!context.user.home.empty()) request.set_env.emplace_back("HOME", context.user.home.string());
    request.unset_env = {"GIT_PROTOCOL", "SSH_ASKPASS", "GIT_DIR", "GIT_WORK_TREE"};
    request.folder = "/";
    GUP_TRY(const Url parsed, parse_url(url));
    transport.remote = parsed.without_credentials();
    transport.ended = false;
    auto process = PipedProcess::start(request, {settings.idle_timeout, settings.total_timeout});
    if (!process.ok()) return process.error().with_context("cannot ask " + transport.remote);
    transport.process.emplace(std::move(process).value());
    return {};
}

// What ended the conversation: ssh says more than the pipe.
Error cause(SshSubtransport& transport, int& exit_code) {
    exit_code = transport.process->finish();
    return ssh_error(transport.remote, transport.process->error_output(), exit_code);
}

// A conversation that stalled or was cancelled does not get the time to end by itself.
Error given_up(SshSubtransport& transport, const Error& error) {
    transport.ended = true;
    transport.process.reset();
    return error.with_context(transport.remote);
}

Status read(SshSubtransport& transport, char* buffer, std::size_t size, std::size_t& count) {
    if (transport.ended) return {};
    if (!transport.process) return Error{ErrorCode::failed, "libgit2 reads from a closed transport", {}};
    const auto result = transport.process->read(buffer, size);
    if (!result.ok()) return given_up(transport, result.error());
    count = *result;
    report_received(count);
    if (count == 0) {
        transport.ended = true;
        int exit_code = 0;
        const Error error = cause(transport, exit_code);
        // A clean end may be the right one: a pack without a sideband ends so.
        if (exit_code != 0) return error;
        note_end_of_stream(error);
    }
    return {};
}

Status write(SshSubtransport& transport, std::string_view bytes) {
    // libgit2's goodbye, which the remote need not hear: it may be gone already.
    if (bytes == "0000") {
        if (transport.process && !transport.ended) (void)transport.process->write(bytes);
        return {};
    }
    if (!transport.process || transport.ended) {
        return Error{ErrorCode::unreachable, transport.remote + ": the connection is closed", {}};
    }
    const auto status = transport.process->write(bytes);
    if (status.ok()) return {};
    if (status.error().code != ErrorCode::io) return given_up(transport, status.error());
    transport.ended = true;
    int exit_code = 0;
    return cause(transport, exit_code);
}

int stream_read(git_smart_subtransport_stream* base, char* buffer, std::size_t size, std::size_t* count) noexcept {
    *count = 0;
    return guarded([&] { return read(*static_cast<SshStream*>(base)->transport, buffer, size, *count); });
}

int stream_write(git_smart_subtransport_stream* base, const char* buffer, std::size_t size) noexcept {
    return guarded([&] { return write(*static_cast<SshStream*>(base)->transport, {buffer, size}); });
}

void stream_free(git_smart_subtransport_stream* base) noexcept {
    auto* stream = static_cast<SshStream*>(base);
    if (stream->transport->stream == stream) stream->transport->stream = nullptr;
    delete stream;  // NOLINT(cppcoreguidelines-owning-memory): C owns it
}

Status open_stream(SshSubtransport& transport, const char* url) {
    forget_error();
    GUP_CHECK(start(transport, url));
    auto stream = std::make_unique<SshStream>();
    stream->subtransport = &transport;
    stream->read = stream_read;
    stream->write = stream_write;
    stream->free = stream_free;
    stream->transport = &transport;
    transport.stream = stream.release();
    return {};
}

int subtransport_action(git_smart_subtransport_stream** out, git_smart_subtransport* base, const char* url,
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

int subtransport_close(git_smart_subtransport* base) noexcept {
    auto& transport = *static_cast<SshSubtransport*>(base);
    try {
        if (transport.process) (void)transport.process->finish();
        transport.process.reset();
        return 0;
    } catch (...) {
        return GIT_ERROR;
    }
}

void subtransport_free(git_smart_subtransport* base) noexcept {
    delete static_cast<SshSubtransport*>(base);  // NOLINT(cppcoreguidelines-owning-memory): C owns it
}

}  // namespace

int make_ssh_subtransport(git_smart_subtransport** out, git_transport* /*owner*/, void* /*parameter*/) noexcept {
    *out = nullptr;
    return guarded([&]() -> Status {
        auto transport = std::make_unique<SshSubtransport>();
        transport->action = subtransport_action;
        transport->close = subtransport_close;
        transport->free = subtransport_free;
        *out = transport.release();
        return {};
    });
}

}  // namespace gup::detail
