// SPDX-License-Identifier: Apache-2.0
// One active request: the curl handle that the I/O thread drives, and the bounded buffer that a reader empties.
#pragma once

#include <curl/curl.h>

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "util/http/ca_bundle.hpp"
#include "util/http/http.hpp"

namespace gup::detail {

struct HttpCounters {
    std::atomic<std::uint64_t> received{0};
    std::atomic<std::uint64_t> sent{0};
};

struct EasyDeleter {
    void operator()(CURL* easy) const noexcept { curl_easy_cleanup(easy); }
};
struct ListDeleter {
    void operator()(curl_slist* list) const noexcept { curl_slist_free_all(list); }
};

class HttpTransfer {
public:
    HttpTransfer(HttpRequest request, std::shared_ptr<HttpCounters> counters);
    HttpTransfer(const HttpTransfer&) = delete;
    HttpTransfer& operator=(const HttpTransfer&) = delete;

    // Makes the curl handle. Before the transfer is given to the I/O thread.
    // `authorities` are trusted unless the request names its own, and must outlive all connections.
    [[nodiscard]] Status prepare(const HttpOptions& options, HttpAuthorities& authorities);

    // For the I/O thread.
    [[nodiscard]] CURL* easy() const noexcept { return easy_.get(); }
    void complete(CURLcode code);
    void fail(const Error& error);
    void release_easy() noexcept { easy_.reset(); }

    // For the reader. `resume` is set when the I/O thread must resume the paused transfer.
    [[nodiscard]] Result<HttpHead> wait_for_head();
    [[nodiscard]] Result<std::size_t> wait_for_bytes(char* buffer, std::size_t size, bool& resume);
    void abandon();

private:
    template <class Value>
    void set(CURLoption option, Value value) {
        const CURLcode result = curl_easy_setopt(easy_.get(), option, value);
        if (set_result_ == CURLE_OK) set_result_ = result;
    }
    void set_common(const HttpOptions& options);
    void set_method();
    void set_headers();
    void set_peer(const HttpOptions& options);
    [[nodiscard]] Status set_authorities(const HttpOptions& options, HttpAuthorities& authorities);
    [[nodiscard]] Status set_keys();
    void count(curl_off_t received, curl_off_t sent) noexcept;
    [[nodiscard]] std::size_t take_body(const char* data, std::size_t size);
    void take_header(std::string_view line);
    void publish_head();

    static CURLcode on_tls(CURL* easy, void* connection, void* self) noexcept;
    static std::size_t on_body(char* data, std::size_t size, std::size_t count, void* self) noexcept;
    static std::size_t on_header(char* data, std::size_t size, std::size_t count, void* self) noexcept;
    static int on_progress(void* self, curl_off_t total_down, curl_off_t down, curl_off_t total_up,
                           curl_off_t up) noexcept;

    HttpRequest request_;
    std::shared_ptr<HttpCounters> counters_;
    std::unique_ptr<curl_slist, ListDeleter> header_list_;
    HttpAuthorities* authorities_ = nullptr;
    std::string words_ = std::string(CURL_ERROR_SIZE, '\0');
    CURLcode set_result_ = CURLE_OK;
    curl_off_t counted_received_ = 0;
    curl_off_t counted_sent_ = 0;
    std::optional<HttpHead> challenge_;  // the last refusal that curl may answer; only the I/O thread's
    HttpHead incoming_;                  // of the answer whose headers arrive now; only the I/O thread's
    std::unique_ptr<CURL, EasyDeleter> easy_;

    std::mutex mutex_;
    std::condition_variable changed_;
    std::optional<HttpHead> head_;
    std::string buffer_;
    std::size_t consumed_ = 0;
    bool paused_ = false;
    bool done_ = false;
    bool abandoned_ = false;
    std::optional<Error> error_;
};

}  // namespace gup::detail
