// SPDX-License-Identifier: Apache-2.0
// The thread that drives all transfers.
#pragma once

#include <curl/curl.h>

#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <vector>

#include "util/http/http.hpp"
#include "util/http/transfer.hpp"

namespace gup::detail {

// Shared by the pool and by the streams, so that a stream may outlive its pool (its transfer is then cancelled).
class HttpLoop {
public:
    explicit HttpLoop(const HttpOptions& options);
    ~HttpLoop();
    HttpLoop(const HttpLoop&) = delete;
    HttpLoop& operator=(const HttpLoop&) = delete;

    [[nodiscard]] HttpAuthorities& authorities() noexcept { return authorities_; }
    [[nodiscard]] bool valid() const noexcept { return multi_ != nullptr; }
    void run() noexcept;
    void stop();

    enum class Act : std::uint8_t { add, resume, cancel };
    void post(Act act, const std::shared_ptr<HttpTransfer>& transfer);

private:
    struct Command {
        Act act;
        std::shared_ptr<HttpTransfer> transfer;
    };

    // False: the loop must end.
    [[nodiscard]] bool take_commands();
    void obey(const Command& command);
    void begin(const std::shared_ptr<HttpTransfer>& transfer);
    void begin_waiting();
    void collect();
    void fail_all(const Error& error);
    void wait();

    HttpAuthorities authorities_;  // outlives the connections in multi_
    CURLM* multi_ = nullptr;
    std::unordered_map<HttpTransfer*, std::shared_ptr<HttpTransfer>> active_;  // only the loop's
    std::deque<std::shared_ptr<HttpTransfer>> waiting_;                        // to be ended; only the loop's
    std::mutex mutex_;
    std::vector<Command> commands_;
    bool stopping_ = false;
};

class CurlPool final : public HttpPool {
public:
    explicit CurlPool(HttpOptions options);
    ~CurlPool() override;
    CurlPool(const CurlPool&) = delete;
    CurlPool& operator=(const CurlPool&) = delete;

    [[nodiscard]] Status launch();
    [[nodiscard]] std::unique_ptr<HttpStream> start(HttpRequest request) override;
    [[nodiscard]] std::uint64_t bytes_received() const noexcept override { return counters_->received; }
    [[nodiscard]] std::uint64_t bytes_sent() const noexcept override { return counters_->sent; }

private:
    HttpOptions options_;
    std::shared_ptr<HttpCounters> counters_ = std::make_shared<HttpCounters>();
    std::shared_ptr<HttpLoop> loop_;
    std::thread thread_;
};

}  // namespace gup::detail
