// SPDX-License-Identifier: Apache-2.0
#include "util/http/transfer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <limits>

#include "util/http/error.hpp"
#include "util/http/redirect.hpp"
#include "util/http/tls_files.hpp"
#include "util/sys/environment.hpp"
#include "util/sys/signals.hpp"
#include "util/text.hpp"

namespace gup::detail {
namespace {

// So many bytes of a body wait for the reader before the transfer is paused.
constexpr std::size_t buffer_limit = 64U << 10U;
constexpr long redirects_at_most = 10;
constexpr std::size_t headers_at_most = 256;

// An empty variable means no proxy, as for git; curl would go on to all_proxy.
bool is_direct_by_environment(const std::string& url) {
    const auto is_set_empty = [](const char* name) {
        const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nobody sets any
        return value != nullptr && *value == '\0';
    };
    if (!lower(url.substr(0, 6)).starts_with("https:")) return is_set_empty("http_proxy");
    return is_set_empty("https_proxy") || (is_set_empty("HTTPS_PROXY") && environment_value("https_proxy").empty());
}

// libcurl of this project is built with Mbed TLS; a distribution's has another library (GUP_SYSTEM_LIBRARIES).
bool tls_is_mbedtls() {
    const char* library = curl_version_info(CURLVERSION_NOW)->ssl_version;
    return library != nullptr && std::strncmp(library, "mbedTLS", 7) == 0;
}

long whole_seconds(Milliseconds duration) {
    return static_cast<long>(std::max<std::int64_t>(1, (duration.count() + 999) / 1000));
}

// curl's long has 32 bits on ARM; some 24 days are long enough.
long curl_milliseconds(Milliseconds duration) {
    return static_cast<long>(std::min<std::int64_t>(duration.count(), std::numeric_limits<std::int32_t>::max()));
}

}  // namespace

HttpTransfer::HttpTransfer(HttpRequest request, std::shared_ptr<HttpCounters> counters)
    : request_(std::move(request)), counters_(std::move(counters)), easy_(curl_easy_init()) {}

Status HttpTransfer::prepare(const HttpOptions& options, HttpAuthorities& authorities) {
    if (!easy_) return Error{ErrorCode::failed, "cannot create a curl handle", {}};
    set_common(options);
    set_method();
    set_headers();
    set_peer(options);
    GUP_CHECK(set_authorities(options, authorities));
    GUP_CHECK(set_keys());
    if (set_result_ == CURLE_OK) return {};
    return Error{
        ErrorCode::invalid_input, std::string("curl refuses the request: ") + curl_easy_strerror(set_result_), {}};
}

void HttpTransfer::set_common(const HttpOptions& options) {
    set(CURLOPT_ERRORBUFFER, words_.data());
    set(CURLOPT_PRIVATE, this);
    set(CURLOPT_NOSIGNAL, 1L);
    // Without it a cancelled name look-up would block all transfers until the resolver gives up.
    set(CURLOPT_QUICK_EXIT, 1L);
    set(CURLOPT_URL, request_.url.c_str());
    const bool secure = lower(request_.url.substr(0, 6)) == "https:";
    set(CURLOPT_PROTOCOLS_STR, "http,https");
    set(CURLOPT_REDIR_PROTOCOLS_STR, secure ? "https" : "http,https");
    set(CURLOPT_HTTP_VERSION, static_cast<long>(request_.is_http_1 ? CURL_HTTP_VERSION_1_1 : CURL_HTTP_VERSION_2TLS));
    // Waits for the first connection, which may serve all. Without TLS there is no HTTP/2 to wait for.
    set(CURLOPT_PIPEWAIT, secure ? 1L : 0L);
    set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    if (!options.user_agent.empty()) set(CURLOPT_USERAGENT, options.user_agent.c_str());

    set(CURLOPT_CONNECTTIMEOUT_MS, curl_milliseconds(options.connect_timeout));
    const Milliseconds limit = request_.timeout.count() > 0 ? request_.timeout : options.total_timeout;
    set(CURLOPT_TIMEOUT_MS, curl_milliseconds(limit));
    set(CURLOPT_LOW_SPEED_LIMIT, static_cast<long>(options.low_speed_limit));
    set(CURLOPT_LOW_SPEED_TIME, whole_seconds(options.low_speed_time));

    set(CURLOPT_MAX_RECV_SPEED_LARGE, static_cast<curl_off_t>(options.receive_rate));
    if (!request_.secret_headers.empty() || !request_.signature.empty()) request_.follow_redirects = false;
    set(CURLOPT_FOLLOWLOCATION, request_.follow_redirects ? 1L : 0L);
    set(CURLOPT_MAXREDIRS, redirects_at_most);
    set(CURLOPT_POSTREDIR, static_cast<long>(CURL_REDIR_POST_301 | CURL_REDIR_POST_302));

    set(CURLOPT_WRITEFUNCTION, &HttpTransfer::on_body);
    set(CURLOPT_WRITEDATA, this);
    set(CURLOPT_HEADERFUNCTION, &HttpTransfer::on_header);
    set(CURLOPT_HEADERDATA, this);
    set(CURLOPT_XFERINFOFUNCTION, &HttpTransfer::on_progress);
    set(CURLOPT_XFERINFODATA, this);
    set(CURLOPT_NOPROGRESS, 0L);
}

void HttpTransfer::set_method() {
    if (request_.method == "HEAD") {
        set(CURLOPT_NOBODY, 1L);
    } else if (request_.method == "POST") {
        set(CURLOPT_POST, 1L);
    } else if (request_.method != "GET") {
        set(CURLOPT_CUSTOMREQUEST, request_.method.c_str());
    }
    if (request_.method == "POST" || !request_.body.empty()) {
        set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request_.body.size()));
        set(CURLOPT_POSTFIELDS, request_.body.data());
    }
}

void HttpTransfer::set_headers() {
    const auto append = [this](const std::string& line) {
        curl_slist* longer = curl_slist_append(header_list_.get(), line.c_str());
        if (longer == nullptr) {
            set_result_ = CURLE_OUT_OF_MEMORY;
            return;
        }
        (void)header_list_.release();
        header_list_.reset(longer);
    };
    append("Expect:");  // no waiting for "100 Continue", which many servers never say
    for (const std::string& line : request_.headers) {
        const auto colon = line.find(':');
        if (colon == std::string::npos || line.find_first_of("\r\n") != std::string::npos) {
            set_result_ = CURLE_BAD_FUNCTION_ARGUMENT;
        } else if (lower(line.substr(0, colon)) == "accept-encoding") {
            // Given this way curl also decodes the answer.
            const std::string encodings(trimmed(std::string_view(line).substr(colon + 1)));
            set(CURLOPT_ACCEPT_ENCODING, encodings.c_str());
        } else {
            append(line);
        }
    }
    for (const SecretHeader& header : request_.secret_headers) {
        if (header.value.reveal().find_first_of("\r\n") != std::string::npos) {
            set_result_ = CURLE_BAD_FUNCTION_ARGUMENT;
        } else {
            append(header.name + ": " + header.value.reveal());
        }
    }
    set(CURLOPT_HTTPHEADER, header_list_.get());
}

void HttpTransfer::set_peer(const HttpOptions& options) {
    const HttpCredentials& who = request_.credentials;
    set(CURLOPT_HTTPAUTH, static_cast<long>(request_.auth == HttpAuth::digest ? CURLAUTH_DIGEST : CURLAUTH_BASIC));
    set(CURLOPT_PROXYAUTH, static_cast<long>(CURLAUTH_BASIC | CURLAUTH_DIGEST));
    if (!request_.signature.empty()) set(CURLOPT_AWS_SIGV4, request_.signature.c_str());
    if (!who.user.empty() || !who.password.empty()) {
        set(CURLOPT_USERNAME, who.user.c_str());
        set(CURLOPT_PASSWORD, who.password.reveal().c_str());
    }
    const std::string& proxy = request_.proxy.empty() ? options.proxy : request_.proxy;
    if (!proxy.empty()) set(CURLOPT_PROXY, proxy.c_str());
    if (!request_.use_proxy || (proxy.empty() && is_direct_by_environment(request_.url))) set(CURLOPT_NOPROXY, "*");

    set(CURLOPT_SSL_VERIFYPEER, request_.verify_peer ? 1L : 0L);
    set(CURLOPT_SSL_VERIFYHOST, request_.verify_peer ? 2L : 0L);
}

// The pool's authorities are put into each new connection; curl would parse the whole file each time. For curl such a
// connection has no CA file. So it never serves a request that has its own file, and the other way round.
Status HttpTransfer::set_authorities(const HttpOptions& options, HttpAuthorities& authorities) {
    if (!request_.verify_peer) return {};
    const bool of_pool = request_.ca_file.empty() && request_.ca_folder.empty();
    if (of_pool && tls_is_mbedtls()) {
        authorities_ = &authorities;
        set(CURLOPT_SSL_CTX_FUNCTION, &HttpTransfer::on_tls);
        set(CURLOPT_SSL_CTX_DATA, this);
        return {};
    }
    if (of_pool && authorities.text().empty()) {
        set(CURLOPT_CAINFO, authorities.file().c_str());
        return {};
    }
    GUP_TRY(std::string text, of_pool ? Result<std::string>(authorities.text()) : authorities_of(request_, options));
    curl_blob blob{text.data(), text.size(), CURL_BLOB_COPY};
    set(CURLOPT_CAINFO_BLOB, &blob);
    return {};
}

// The certificate of this client, and the key that the server must have.
Status HttpTransfer::set_keys() {
    if (!request_.pinned_key.empty()) set(CURLOPT_PINNEDPUBLICKEY, request_.pinned_key.c_str());
    GUP_TRY(ClientKeys keys, client_keys_of(request_));
    if (keys.certificate.empty()) return {};
    curl_blob certificate{keys.certificate.data(), keys.certificate.size(), CURL_BLOB_COPY};
    curl_blob key{keys.key.data(), keys.key.size() + 1, CURL_BLOB_COPY};  // with its end, as Mbed TLS wants PEM
    set(CURLOPT_SSLCERT_BLOB, &certificate);
    set(CURLOPT_SSLKEY_BLOB, &key);
    return {};
}

void HttpTransfer::count(curl_off_t received, curl_off_t sent) noexcept {
    // Both start at zero again after a redirect.
    if (received < counted_received_) counted_received_ = 0;
    if (sent < counted_sent_) counted_sent_ = 0;
    counters_->received += static_cast<std::uint64_t>(received - counted_received_);
    counters_->sent += static_cast<std::uint64_t>(sent - counted_sent_);
    counted_received_ = received;
    counted_sent_ = sent;
}

void HttpTransfer::complete(CURLcode code) {
    curl_off_t received = 0;
    curl_off_t sent = 0;
    long head_sent = 0;
    curl_easy_getinfo(easy(), CURLINFO_SIZE_DOWNLOAD_T, &received);
    curl_easy_getinfo(easy(), CURLINFO_SIZE_UPLOAD_T, &sent);
    curl_easy_getinfo(easy(), CURLINFO_REQUEST_SIZE, &head_sent);
    count(received, sent);
    // curl counts a body that was sent together with its head as part of the request.
    counters_->sent += static_cast<std::uint64_t>(std::max<curl_off_t>(0, head_sent));

    const std::scoped_lock lock(mutex_);
    done_ = true;
    if (code != CURLE_OK && !error_) error_ = http_error(easy(), code, words_, request_);
    if (code == CURLE_OK && !head_) head_ = std::move(challenge_);
    if (code == CURLE_OK && !head_) {
        error_ = Error{ErrorCode::protocol, display_url(request_.url) + ": the answer's header has no end", {}};
    }
    changed_.notify_all();
}

void HttpTransfer::fail(const Error& error) {
    const std::scoped_lock lock(mutex_);
    if (done_) return;
    done_ = true;
    error_ = error.with_context(display_url(request_.url));
    changed_.notify_all();
}

Result<HttpHead> HttpTransfer::wait_for_head() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return head_.has_value() || done_; });
    if (head_) return *head_;
    return *error_;
}

Result<std::size_t> HttpTransfer::wait_for_bytes(char* buffer, std::size_t size, bool& resume) {
    resume = false;
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return consumed_ < buffer_.size() || done_; });
    const std::size_t available = buffer_.size() - consumed_;
    if (available == 0) {
        if (error_) return *error_;
        return std::size_t{0};
    }
    const std::size_t taken = std::min(size, available);
    std::memcpy(buffer, buffer_.data() + consumed_, taken);
    consumed_ += taken;
    if (consumed_ == buffer_.size()) {
        buffer_.clear();
        consumed_ = 0;
    }
    if (paused_ && buffer_.size() - consumed_ <= buffer_limit / 4) {
        paused_ = false;
        resume = true;
    }
    return taken;
}

void HttpTransfer::abandon() {
    const std::scoped_lock lock(mutex_);
    abandoned_ = true;
    buffer_.clear();
    consumed_ = 0;
}

std::size_t HttpTransfer::take_body(const char* data, std::size_t size) {
    const std::scoped_lock lock(mutex_);
    if (abandoned_) return CURL_WRITEFUNC_ERROR;
    if (challenge_ && !head_) return size;
    const std::size_t waiting = buffer_.size() - consumed_;
    if (waiting > 0 && waiting + size > buffer_limit) {
        paused_ = true;
        return CURL_WRITEFUNC_PAUSE;
    }
    if (consumed_ > buffer_.size() / 2) {
        buffer_.erase(0, consumed_);
        consumed_ = 0;
    }
    buffer_.append(data, size);
    changed_.notify_all();
    return size;
}

void HttpTransfer::take_header(std::string_view line) {
    if (head_) return;  // trailers; only this thread sets head_
    if (line.starts_with("HTTP/")) {
        incoming_ = {};
        return;
    }
    line = trimmed(line);
    if (line.empty()) {
        publish_head();
        return;
    }
    const auto colon = line.find(':');
    if (colon == std::string_view::npos || incoming_.headers.size() >= headers_at_most) return;
    incoming_.headers.emplace_back(lower(trimmed(line.substr(0, colon))), std::string(trimmed(line.substr(colon + 1))));
}

// Only the head of the final answer is the reader's.
void HttpTransfer::publish_head() {
    long status = 0;
    char* url = nullptr;
    curl_easy_getinfo(easy(), CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(easy(), CURLINFO_EFFECTIVE_URL, &url);
    incoming_.status = static_cast<int>(status);
    if (status < 200) return;
    if (request_.follow_redirects && is_redirect(incoming_)) return;
    if (url != nullptr) incoming_.effective_url = strip_credentials(url);
    // curl may answer it by itself. If it does not, complete() gives it to the reader.
    if (status == 407 || (status == 401 && request_.auth == HttpAuth::digest)) {
        challenge_ = std::move(incoming_);
        return;
    }
    const std::scoped_lock lock(mutex_);
    head_ = std::move(incoming_);
    changed_.notify_all();
}

CURLcode HttpTransfer::on_tls(CURL* /*easy*/, void* connection, void* self) noexcept {
    auto* transfer = static_cast<HttpTransfer*>(self);
    try {
        auto status = transfer->authorities_->apply(static_cast<mbedtls_ssl_config*>(connection));
        if (status.ok()) return CURLE_OK;
        const std::scoped_lock lock(transfer->mutex_);
        transfer->error_ = std::move(status).error().with_context(display_url(transfer->request_.url));
        return CURLE_SSL_CACERT_BADFILE;
    } catch (...) {
        return CURLE_OUT_OF_MEMORY;
    }
}

std::size_t HttpTransfer::on_body(char* data, std::size_t size, std::size_t count, void* self) noexcept {
    try {
        return static_cast<HttpTransfer*>(self)->take_body(data, size * count);
    } catch (...) {
        return CURL_WRITEFUNC_ERROR;
    }
}

std::size_t HttpTransfer::on_header(char* data, std::size_t size, std::size_t count, void* self) noexcept {
    try {
        auto* transfer = static_cast<HttpTransfer*>(self);
        transfer->counters_->received += size * count;
        transfer->take_header({data, size * count});
        return size * count;
    } catch (...) {
        return 0;
    }
}

int HttpTransfer::on_progress(void* self, curl_off_t /*total_down*/, curl_off_t down, curl_off_t /*total_up*/,
                              curl_off_t /*up*/) noexcept {
    auto* transfer = static_cast<HttpTransfer*>(self);
    transfer->count(down, transfer->counted_sent_);
    return stop_requested() ? 1 : 0;
}

}  // namespace gup::detail
