// SPDX-License-Identifier: Apache-2.0
#include "source/transport/ssh_session.hpp"

#include "source/remote/context.hpp"
#include "source/remote/ssh_deploy_key.hpp"
#include "source/transport/pkt_line.hpp"
#include "util/sys/environment.hpp"
#include "util/url.hpp"

namespace gup::detail {
namespace {

// A connector without a deploy key uses its owner's keys.
SshIdentity identity_of(const GitUser& user, const GitSettings& settings) {
    SshIdentity identity{user.connector, {}, settings.known_hosts};
    if (user.connector.empty() || settings.keys.empty()) return identity;
    const fs::path key = deploy_key_file(settings.keys, user.connector);
    const auto there = file_info(key);
    const bool is_hidden = !there.ok();  // ssh reports a key that the owner cannot read
    if (is_hidden || *there) identity.key = key;
    return identity;
}

}  // namespace

Status SshSession::start(const std::string& url, Protocol protocol) {
    const TransportContext& context = current_transport();
    const GitSettings& settings = transport_settings();
    const RemoteConfig config = read_config(context);
    const SshProgram program = choose_ssh(config, environment_value);
    protocol_ = program.is_openssh && config.allows_v2() ? protocol : Protocol::v0;
    ProcessRequest request;
    identity_ = identity_of(context.user, settings);
    GUP_TRY(request.argv, ssh_arguments(url, program, settings.connect_timeout, protocol_, identity_));
    request.set_env = {{"LC_ALL", "C"}, {"SSH_ASKPASS_REQUIRE", "never"}};
    if (!context.user.home.empty()) request.set_env.emplace_back("HOME", context.user.home.string());
    request.unset_env = {"GIT_PROTOCOL", "SSH_ASKPASS", "GIT_DIR", "GIT_WORK_TREE"};
    if (protocol_ == Protocol::v2) request.set_env.emplace_back("GIT_PROTOCOL", "version=2");
    request.folder = "/";
    GUP_TRY(const Url parsed, parse_url(url));
    remote_ = parsed.without_credentials();
    end_ = {};
    ended_ = false;
    auto process = PipedProcess::start(request, {settings.idle_timeout, settings.total_timeout});
    if (!process.ok()) return process.error().with_context("cannot ask " + remote_);
    process_.emplace(std::move(process).value());
    return {};
}

// Why the conversation ended: ssh's message has more details than the pipe.
Error SshSession::cause(int& exit_code) {
    exit_code = process_->finish();
    return ssh_error(remote_, process_->error_output(), exit_code, identity_);
}

// A stalled or cancelled conversation gets no time to end by itself.
Error SshSession::given_up(const Error& error) {
    ended_ = true;
    process_.reset();
    return error.with_context(remote_);
}

Result<std::size_t> SshSession::read(char* buffer, std::size_t size) {
    if (ended_) return std::size_t{0};
    if (!process_) return Error{ErrorCode::failed, "cannot read from a closed connection", {}};
    const auto count = process_->read(buffer, size);
    if (!count.ok()) return given_up(count.error());
    GUP_CHECK(report_received(*count));
    if (*count > 0) return *count;
    ended_ = true;
    int exit_code = 0;
    end_ = cause(exit_code);
    // A clean end may be right: a pack without a sideband ends in this way.
    if (exit_code != 0) return end_;
    return std::size_t{0};
}

Status SshSession::write(std::string_view bytes) {
    if (!process_ || ended_) return Error{ErrorCode::unreachable, remote_ + ": the connection is closed", {}};
    const auto status = process_->write(bytes);
    if (status.ok()) return {};
    if (status.error().code != ErrorCode::io) return given_up(status.error());
    ended_ = true;
    int exit_code = 0;
    return cause(exit_code);
}

void SshSession::write_goodbye() {
    if (process_ && !ended_) (void)process_->write(flush_packet);
}

void SshSession::close() {
    if (process_) (void)process_->finish();
    process_.reset();
}

}  // namespace gup::detail
