// SPDX-License-Identifier: Apache-2.0
#include "util/http/error.hpp"

#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>

#include "util/url.hpp"

namespace gup::detail {
namespace {

struct CurlUrl {
    CURLU* handle = curl_url();
    CurlUrl() = default;
    CurlUrl(const CurlUrl&) = delete;
    CurlUrl& operator=(const CurlUrl&) = delete;
    ~CurlUrl() { curl_url_cleanup(handle); }
};

std::string without_parts(const std::string& url, bool without_query) {
    const CurlUrl parsed;
    char* text = nullptr;
    if (parsed.handle == nullptr || curl_url_set(parsed.handle, CURLUPART_URL, url.c_str(), 0) != CURLUE_OK) return {};
    curl_url_set(parsed.handle, CURLUPART_USER, nullptr, 0);
    curl_url_set(parsed.handle, CURLUPART_PASSWORD, nullptr, 0);
    curl_url_set(parsed.handle, CURLUPART_FRAGMENT, nullptr, 0);
    if (without_query) curl_url_set(parsed.handle, CURLUPART_QUERY, nullptr, 0);
    if (curl_url_get(parsed.handle, CURLUPART_URL, &text, 0) != CURLUE_OK) return {};
    std::string out(text);
    curl_free(text);
    return out;
}

// True when the error came after the connection (with TLS) was established.
bool was_connected(CURL* easy) {
    curl_off_t connected = 0;
    return curl_easy_getinfo(easy, CURLINFO_CONNECT_TIME_T, &connected) == CURLE_OK && connected > 0;
}

bool was_cut_by_the_network(CURL* easy) {
    long number = 0;
    if (curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &number) != CURLE_OK) return false;
    return number == ECONNRESET || number == EPIPE || number == ETIMEDOUT || number == EHOSTUNREACH ||
           number == ENETUNREACH;
}

// " after 21 ms" differs each time. The same outcome must have the same text every night.
std::string without_duration(const std::string& words) {
    constexpr std::string_view head = " after ";
    const auto begin = words.find(head);
    if (begin == std::string::npos) return words;
    const auto end = words.find_first_not_of("0123456789", begin + head.size());
    if (end == std::string::npos || end == begin + head.size()) return words;
    for (const std::string_view unit : {" milliseconds", " ms"}) {
        if (words.compare(end, unit.size(), unit) == 0) return words.substr(0, begin) + words.substr(end + unit.size());
    }
    return words;
}

// The words are those of Mbed TLS.
std::string certificate_hint(const std::string& words) {
    if (words.find("expired") != std::string::npos || words.find("in the future") != std::string::npos) {
        return "check this machine's clock; if it is right, the server's certificate must be renewed";
    }
    if (words.find("does not match") != std::string::npos) {
        return "the certificate is for another host name: is the URL right?";
    }
    return "for a server with its own CA, set network.ca-file to the CA's file in gup-agent.toml";
}

// Of a handshake that one side ended: Mbed TLS does not say which alert it was.
std::string handshake_hint(const std::string& words) {
    if (words.find("alert") == std::string::npos && words.find("handshake") == std::string::npos) return {};
    return "the server needs TLS 1.2 or 1.3 with ECDHE, and a certificate with an RSA or ECDSA key (P-256, P-384 or "
           "P-521), not Ed25519; openssl s_client -connect HOST:PORT shows what it has";
}

// The proxy's answer to CONNECT; 0 when the error has another cause.
long refused_by_proxy(CURL* easy) {
    long status = 0;
    if (curl_easy_getinfo(easy, CURLINFO_HTTP_CONNECTCODE, &status) != CURLE_OK) return 0;
    return status / 100 == 2 ? 0 : status;
}

struct Meaning {
    ErrorCode code;
    std::string hint;
    Cause cause = Cause::none;
};

Meaning meaning_of(CURL* easy, CURLcode code, const std::string& words) {
    switch (code) {
        case CURLE_OPERATION_TIMEDOUT:
            return {was_connected(easy) ? ErrorCode::timeout : ErrorCode::unreachable, {}};
        case CURLE_RECV_ERROR:
        case CURLE_SEND_ERROR:
        case CURLE_COULDNT_CONNECT:
        case CURLE_PROXY:
            if (refused_by_proxy(easy) == 407) {
                return {ErrorCode::authentication, "the proxy needs a user and a password in its URL"};
            }
            return {ErrorCode::unreachable, {}};
        case CURLE_COULDNT_RESOLVE_HOST:
        case CURLE_COULDNT_RESOLVE_PROXY:
            return {ErrorCode::unreachable, {}, Cause::name_lookup};
        case CURLE_GOT_NOTHING:
        case CURLE_PARTIAL_FILE:
        case CURLE_HTTP2:
        case CURLE_HTTP2_STREAM:
            return {ErrorCode::unreachable, {}};
        case CURLE_PEER_FAILED_VERIFICATION:
            return {ErrorCode::protocol, certificate_hint(words), Cause::tls};
        case CURLE_SSL_CACERT_BADFILE:
            return {ErrorCode::io, "install ca-certificates, or set network.ca-file in gup-agent.toml to another file",
                    Cause::tls};
        case CURLE_SSL_CONNECT_ERROR:
            if (was_cut_by_the_network(easy)) return {ErrorCode::unreachable, {}};
            return {ErrorCode::protocol, handshake_hint(words), Cause::tls};
        case CURLE_URL_MALFORMAT:
            return {ErrorCode::invalid_input, {}};
        case CURLE_ABORTED_BY_CALLBACK:
            return {ErrorCode::cancelled, {}};
        case CURLE_OUT_OF_MEMORY:
        case CURLE_WRITE_ERROR:
            return {ErrorCode::failed, {}};
        default:
            return {ErrorCode::protocol, {}};
    }
}

}  // namespace

std::string strip_credentials(const std::string& url) {
    return without_parts(url, false);
}

std::string display_url(const std::string& url) {
    std::string shown = without_parts(url, true);
    return shown.empty() ? mask_secrets(url.substr(0, url.find('?'))) : shown;
}

Error http_error(CURL* easy, CURLcode code, const std::string& words, const HttpRequest& request) {
    std::string said = words.substr(0, words.find('\0'));  // a buffer with its terminator
    if (said.empty()) said = curl_easy_strerror(code);
    while (!said.empty() && (said.back() == '\n' || said.back() == ' ')) said.pop_back();
    std::replace(said.begin(), said.end(), '\n', ' ');
    said = without_duration(said);
    Meaning meaning = meaning_of(easy, code, said);
    return {meaning.code, fmt::format("{}: {}", display_url(request.url), mask_secrets(said)), std::move(meaning.hint),
            meaning.cause};
}

}  // namespace gup::detail
