// SPDX-License-Identifier: Apache-2.0
#include "util/http/pool.hpp"

#include <algorithm>
#include <system_error>
#include <utility>

#include "util/sys/signals.hpp"

namespace gup::detail {
namespace {

constexpr int longest_wait_ms = 60'000;
// As many as one HTTP/2 connection of a usual server allows (100 to 256). A second connection would take longer than
// waiting for the first answers, and each active transfer takes some 40 kB.
constexpr long transfers_at_once = 100;

class CurlStream final : public HttpStream {
public:
    CurlStream(std::shared_ptr<HttpLoop> loop, std::shared_ptr<HttpTransfer> transfer)
        : loop_(std::move(loop)), transfer_(std::move(transfer)) {}
    CurlStream(const CurlStream&) = delete;
    CurlStream& operator=(const CurlStream&) = delete;
    ~CurlStream() override {
        transfer_->abandon();
        loop_->post(HttpLoop::Act::cancel, transfer_);
    }

    [[nodiscard]] Result<HttpHead> head() override { return transfer_->wait_for_head(); }

    [[nodiscard]] Result<std::size_t> read(char* buffer, std::size_t size) override {
        bool resume = false;
        auto result = transfer_->wait_for_bytes(buffer, size, resume);
        if (resume) loop_->post(HttpLoop::Act::resume, transfer_);
        return result;
    }

private:
    std::shared_ptr<HttpLoop> loop_;
    std::shared_ptr<HttpTransfer> transfer_;
};

Error stopped() {
    return {ErrorCode::cancelled, "ended by a signal", {}};
}

}  // namespace

HttpLoop::HttpLoop(const HttpOptions& options)
    : authorities_(options.ca_file, options.ca_text), multi_(curl_multi_init()) {
    if (multi_ == nullptr) return;
    curl_multi_setopt(multi_, CURLMOPT_PIPELINING, static_cast<long>(CURLPIPE_MULTIPLEX));
    curl_multi_setopt(multi_, CURLMOPT_MAX_HOST_CONNECTIONS, static_cast<long>(options.connections_per_host));
    curl_multi_setopt(multi_, CURLMOPT_MAX_TOTAL_CONNECTIONS, static_cast<long>(options.connections));
    curl_multi_setopt(multi_, CURLMOPT_MAX_CONCURRENT_STREAMS, transfers_at_once);
}

HttpLoop::~HttpLoop() {
    if (multi_ != nullptr) curl_multi_cleanup(multi_);
}

void HttpLoop::post(Act act, const std::shared_ptr<HttpTransfer>& transfer) {
    {
        const std::scoped_lock lock(mutex_);
        if (stopping_) {
            transfer->fail(stopped());
            return;
        }
        commands_.push_back({act, transfer});
    }
    curl_multi_wakeup(multi_);
}

void HttpLoop::stop() {
    {
        const std::scoped_lock lock(mutex_);
        stopping_ = true;
    }
    curl_multi_wakeup(multi_);
}

bool HttpLoop::take_commands() {
    std::vector<Command> commands;
    bool stopping = false;
    {
        const std::scoped_lock lock(mutex_);
        commands.swap(commands_);
        stopping = stopping_;
    }
    for (const Command& command : commands) obey(command);
    return !stopping;
}

void HttpLoop::obey(const Command& command) {
    HttpTransfer& transfer = *command.transfer;
    const auto found = active_.find(&transfer);
    if (command.act == Act::add) {
        waiting_.push_back(command.transfer);
    } else if (found != active_.end() && command.act == Act::resume) {
        curl_easy_pause(transfer.easy(), CURLPAUSE_CONT);
    } else if (found != active_.end()) {
        curl_multi_remove_handle(multi_, transfer.easy());
        transfer.fail(stopped());
        transfer.release_easy();
        active_.erase(found);
    } else if (command.act == Act::cancel) {
        const auto same = std::find(waiting_.begin(), waiting_.end(), command.transfer);
        if (same == waiting_.end()) return;
        transfer.fail(stopped());
        transfer.release_easy();
        waiting_.erase(same);
    }
}

void HttpLoop::begin(const std::shared_ptr<HttpTransfer>& transfer) {
    if (curl_multi_add_handle(multi_, transfer->easy()) == CURLM_OK) {
        active_.emplace(transfer.get(), transfer);
    } else {
        transfer->fail({ErrorCode::failed, "curl does not take the request", {}});
    }
}

// In the order of their arrival. Their time limits begin now.
void HttpLoop::begin_waiting() {
    while (!waiting_.empty() && active_.size() < static_cast<std::size_t>(transfers_at_once)) {
        const std::shared_ptr<HttpTransfer> next = std::move(waiting_.front());
        waiting_.pop_front();
        begin(next);
    }
}

void HttpLoop::collect() {
    int left = 0;
    while (CURLMsg* message = curl_multi_info_read(multi_, &left)) {
        if (message->msg != CURLMSG_DONE) continue;
        CURL* easy = message->easy_handle;
        const CURLcode code = message->data.result;
        HttpTransfer* transfer = nullptr;
        curl_easy_getinfo(easy, CURLINFO_PRIVATE, &transfer);
        const auto found = active_.find(transfer);
        if (found == active_.end()) continue;
        transfer->complete(code);
        curl_multi_remove_handle(multi_, easy);
        transfer->release_easy();
        active_.erase(found);
    }
}

void HttpLoop::fail_all(const Error& error) {
    for (auto& [key, transfer] : active_) {
        curl_multi_remove_handle(multi_, transfer->easy());
        transfer->fail(error);
        transfer->release_easy();
    }
    active_.clear();
    for (const auto& transfer : waiting_) transfer->fail(error);
    waiting_.clear();
}

void HttpLoop::wait() {
    curl_waitfd stop{};
    // After a stop was requested, its descriptor stays readable.
    const bool watch = stop_fd() >= 0 && !stop_requested();
    stop.fd = stop_fd();
    stop.events = CURL_WAIT_POLLIN;
    curl_multi_poll(multi_, watch ? &stop : nullptr, watch ? 1U : 0U, longest_wait_ms, nullptr);
}

void HttpLoop::run() noexcept {
    try {
        while (take_commands()) {
            if (stop_requested()) fail_all(stopped());
            begin_waiting();
            int running = 0;
            if (curl_multi_perform(multi_, &running) != CURLM_OK) {
                fail_all({ErrorCode::failed, "curl failed", {}});
            }
            collect();
            if (waiting_.empty() || active_.size() >= static_cast<std::size_t>(transfers_at_once)) wait();
        }
        fail_all(stopped());
    } catch (...) {
        stop();
        const Error error{ErrorCode::failed, "out of memory", {}};
        fail_all(error);
        const std::scoped_lock lock(mutex_);
        for (const Command& command : commands_) command.transfer->fail(error);
        commands_.clear();
    }
}

CurlPool::CurlPool(HttpOptions options) : options_(std::move(options)), loop_(std::make_shared<HttpLoop>(options_)) {}

CurlPool::~CurlPool() {
    if (!thread_.joinable()) return;
    loop_->stop();
    thread_.join();
}

// Signals are for the main thread.
Status CurlPool::launch() {
    if (!loop_->valid()) return Error{ErrorCode::failed, "cannot set up curl", {}};
    const SignalsHeld held;
    try {
        thread_ = std::thread([loop = loop_] { loop->run(); });
    } catch (const std::system_error& error) {
        return errno_error(error.code().value(), "cannot start the HTTP thread");
    }
    return {};
}

std::unique_ptr<HttpStream> CurlPool::start(HttpRequest request) {
    auto transfer = std::make_shared<HttpTransfer>(std::move(request), counters_);
    if (auto status = transfer->prepare(options_, loop_->authorities()); !status.ok()) {
        transfer->fail(status.error());
    } else if (stop_requested()) {
        transfer->fail(stopped());
    } else {
        loop_->post(HttpLoop::Act::add, transfer);
    }
    return std::make_unique<CurlStream>(loop_, transfer);
}

}  // namespace gup::detail
