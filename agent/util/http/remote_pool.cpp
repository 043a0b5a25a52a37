// SPDX-License-Identifier: Apache-2.0
#include "util/http/remote_pool.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <nlohmann/json.hpp>
#include <optional>

#include "util/sys/signals.hpp"
#include "util/worker/channel.hpp"
#include "util/worker/fork.hpp"

namespace gup {
namespace {

using nlohmann::json;

constexpr std::size_t chunk = 64U << 10U;

json request_json(const HttpRequest& request) {
    json secret_headers = json::array();
    for (const SecretHeader& header : request.secret_headers) {
        secret_headers.push_back({{"name", header.name}, {"value", header.value.reveal()}});
    }
    return {{"method", request.method},
            {"url", request.url},
            {"headers", request.headers},
            {"secret_headers", std::move(secret_headers)},
            {"body", request.body},
            {"user", request.credentials.user},
            {"password", request.credentials.password.reveal()},
            {"proxy", request.proxy},
            {"use_proxy", request.use_proxy},
            {"timeout", request.timeout.count()},
            {"ca_file", request.ca_file.string()},
            {"verify_peer", request.verify_peer},
            {"follow_redirects", request.follow_redirects}};
}

HttpRequest request_from(const json& value) {
    HttpRequest request;
    request.method = text_member(value, "method");
    request.url = text_member(value, "url");
    request.headers = text_members(value, "headers");
    for (const json& header : array_member(value, "secret_headers")) {
        request.secret_headers.push_back({text_member(header, "name"), Secret(text_member(header, "value"))});
    }
    request.body = text_member(value, "body");
    request.credentials = {text_member(value, "user"), Secret(text_member(value, "password"))};
    request.proxy = text_member(value, "proxy");
    request.use_proxy = flag_member(value, "use_proxy");
    request.timeout = Milliseconds{number_member(value, "timeout")};
    request.ca_file = text_member(value, "ca_file");
    request.verify_peer = flag_member(value, "verify_peer");
    request.follow_redirects = flag_member(value, "follow_redirects");
    return request;
}

json head_json(const HttpHead& head) {
    return {{"status", head.status}, {"effective_url", head.effective_url}, {"headers", head.headers}};
}

HttpHead head_from(const json& value) {
    HttpHead head;
    head.status = static_cast<int>(number_member(value, "status"));
    head.effective_url = text_member(value, "effective_url");
    for (const json& one : array_member(value, "headers")) {
        const bool is_pair = one.is_array() && one.size() == 2 && one[0].is_string() && one[1].is_string();
        if (is_pair) head.headers.emplace_back(one[0].get<std::string>(), one[1].get<std::string>());
    }
    return head;
}

// ---- in the other process

// Head, then the body in pieces, each after its size; 0 is the end.
Status pass_on(HttpStream& stream, int fd) {
    GUP_TRY(const HttpHead head, stream.head());
    GUP_CHECK(send_message(fd, {{"head", head_json(head)}}));
    std::array<char, chunk> buffer{};
    for (;;) {
        GUP_TRY(const std::size_t size, stream.read(buffer.data(), buffer.size()));
        GUP_CHECK(send_message(fd, {{"size", size}}));
        if (size == 0) return {};
        GUP_CHECK(send_bytes(fd, {buffer.data(), size}));
    }
}

void serve(int fd, const HttpOptions& options, const Status& entered) {
    MessageReader reader;
    std::shared_ptr<HttpPool> pool;
    for (;;) {
        const auto request = receive_message(fd, reader);
        if (!request.ok() || !*request) return;
        Status done = entered;
        if (done.ok() && pool == nullptr) {
            const auto made = HttpPool::make(options);
            if (made.ok()) {
                pool = *made;
            } else {
                done = made.error();
            }
        }
        if (done.ok()) done = pass_on(*pool->start(request_from(**request)), fd);
        if (!done.ok() && !send_message(fd, {{"error", error_json(done.error())}}).ok()) return;
    }
}

// ---- in this process

class RemoteProcess {
public:
    RemoteProcess(HttpOptions options, Sandbox sandbox, WhileWaiting while_waiting)
        : options_(std::move(options)), sandbox_(std::move(sandbox)), while_waiting_(std::move(while_waiting)) {}
    RemoteProcess(const RemoteProcess&) = delete;
    RemoteProcess& operator=(const RemoteProcess&) = delete;
    ~RemoteProcess() { end(); }

    Status send(const json& request) {
        if (pid_ <= 0) {
            GUP_TRY(ForkedWorker forked, fork_worker(sandbox_, [this](UniqueFd channel, const Status& entered) {
                        serve(channel.get(), options_, entered);
                    }));
            pid_ = forked.pid;
            fd_ = std::move(forked.channel);
            reader_ = {};
        }
        return send_message(fd_.get(), request);
    }

    Result<json> receive() {
        for (;;) {
            GUP_TRY(auto message, reader_.next());
            if (message) return *std::move(message);
            std::array<char, chunk> buffer{};
            GUP_TRY(const std::size_t count, read_some(buffer.data(), buffer.size()));
            reader_.add({buffer.data(), count});
        }
    }

    // Bytes that are no message.
    Result<std::size_t> read(char* buffer, std::size_t size) {
        const std::string kept = reader_.take(size);
        if (kept.empty()) return read_some(buffer, size);
        std::copy(kept.begin(), kept.end(), buffer);
        return kept.size();
    }

    void end() {
        if (pid_ <= 0) return;
        fd_.reset();
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
        pid_ = -1;
    }

private:
    Result<std::size_t> read_some(char* buffer, std::size_t size) {
        while (fd_.valid()) {
            std::array<pollfd, 2> fds{pollfd{fd_.get(), POLLIN, 0}, pollfd{stop_fd(), POLLIN, 0}};
            const int timeout = while_waiting_ ? static_cast<int>(while_waiting_().count()) : -1;
            ::poll(fds.data(), fds.size(), timeout);
            if (fds[0].revents == 0 && stop_requested()) {
                end();
                return Error{ErrorCode::cancelled, "ended by a signal", {}};
            }
            if (fds[0].revents == 0) continue;
            const ssize_t count = ::recv(fd_.get(), buffer, size, 0);
            if (count > 0) return static_cast<std::size_t>(count);
            if (count < 0 && errno == EINTR) continue;
            end();
        }
        return Error{ErrorCode::failed, "the process for the agent's own requests has ended", {}};
    }

    HttpOptions options_;
    Sandbox sandbox_;
    WhileWaiting while_waiting_;
    pid_t pid_ = -1;
    UniqueFd fd_;
    MessageReader reader_;
};

class RemoteStream final : public HttpStream {
public:
    RemoteStream(std::shared_ptr<RemoteProcess> process, const Status& sent, std::atomic<std::uint64_t>& received)
        : process_(std::move(process)), received_(received) {
        if (!sent.ok()) error_ = sent.error();
    }
    RemoteStream(const RemoteStream&) = delete;
    RemoteStream& operator=(const RemoteStream&) = delete;
    ~RemoteStream() override {
        if (!is_over_) process_->end();  // the rest of the answer would be taken for that of the next one
    }

    Result<HttpHead> head() override {
        if (head_) return *head_;
        GUP_TRY(const json message, next());
        const json& head = member_of(message, "head");
        if (head.is_null()) return fail({ErrorCode::protocol, "an answer without a head", {}});
        head_ = head_from(head);
        return *head_;
    }

    Result<std::size_t> read(char* buffer, std::size_t size) override {
        GUP_CHECK(head());
        if (is_over_ && !error_) return std::size_t{0};
        if (left_ == 0) {
            GUP_TRY(const json message, next());
            left_ = static_cast<std::size_t>(std::clamp<std::int64_t>(number_member(message, "size"), 0, chunk));
            is_over_ = left_ == 0;
            if (is_over_) return std::size_t{0};
        }
        GUP_TRY(const std::size_t count, process_->read(buffer, std::min(size, left_)));
        left_ -= count;
        received_ += count;
        return count;
    }

private:
    Result<json> next() {
        if (error_) return *error_;
        auto message = process_->receive();
        if (!message.ok()) return fail(message.error());
        const json& error = member_of(*message, "error");
        if (error.is_null()) return message;
        is_over_ = true;  // the process waits for the next request
        error_ = error_from(error);
        return *error_;
    }

    Error fail(Error error) {
        error_ = std::move(error);
        return *error_;
    }

    std::shared_ptr<RemoteProcess> process_;
    std::atomic<std::uint64_t>& received_;
    std::optional<Error> error_;
    std::optional<HttpHead> head_;
    std::size_t left_ = 0;  // of the current piece
    bool is_over_ = false;
};

class RemotePool final : public HttpPool {
public:
    RemotePool(const HttpOptions& options, const Sandbox& sandbox, WhileWaiting while_waiting)
        : process_(std::make_shared<RemoteProcess>(options, sandbox, std::move(while_waiting))) {}

    std::unique_ptr<HttpStream> start(HttpRequest request) override {
        const json message = request_json(request);
        sent_ += request.body.size();
        return std::make_unique<RemoteStream>(process_, process_->send(message), received_);
    }
    [[nodiscard]] std::uint64_t bytes_received() const noexcept override { return received_; }
    [[nodiscard]] std::uint64_t bytes_sent() const noexcept override { return sent_; }

private:
    std::shared_ptr<RemoteProcess> process_;
    std::atomic<std::uint64_t> received_{0};
    std::atomic<std::uint64_t> sent_{0};
};

}  // namespace

std::shared_ptr<HttpPool> make_remote_pool(const HttpOptions& options, const Sandbox& sandbox,
                                           WhileWaiting while_waiting) {
    return std::make_shared<RemotePool>(options, sandbox, std::move(while_waiting));
}

}  // namespace gup
