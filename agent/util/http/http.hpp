// SPDX-License-Identifier: Apache-2.0
// HTTP over libcurl: one pool of connections for everything (git, archives, updates), one TLS, proxy and CA setting.
//
// One thread runs a curl multi handle; any number of threads start requests and read bodies as they arrive. A body is
// never completely in memory: a slow reader pauses the transfer (bounded buffer).
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "util/clock.hpp"
#include "util/result.hpp"
#include "util/secret.hpp"
#include "util/sys/file.hpp"

namespace gup {

struct HttpOptions {
    std::filesystem::path ca_file;  // empty: $SSL_CERT_FILE, else /etc/ssl/certs/ca-certificates.crt
    std::string ca_text;            // the content of ca_file, if it is known already; empty: the file is read
    std::string proxy;              // empty: the environment's https_proxy, http_proxy, all_proxy, no_proxy
    std::string user_agent;
    Milliseconds connect_timeout{20'000};
    std::int64_t low_speed_limit = 100;   // bytes a second; slower than this for low_speed_time: timeout
    Milliseconds low_speed_time{30'000};  // also the longest wait for the first byte of an answer
    Milliseconds total_timeout{3'600'000};
    Milliseconds patience{120'000};  // the longest wait that a busy server may ask for (busy_servers.hpp)
    std::int64_t receive_rate = 0;   // bytes a second of each transfer; 0: no limit
    int connections_per_host = 6;
    int connections = 64;  // at one time: each costs some 100 kB; idle ones are closed first
};

struct HttpCredentials {
    std::string user;
    Secret password;
};

enum class HttpAuth : std::uint8_t {
    basic,   // sent with the first request
    digest,  // (RFC 7616) sent after the server's challenge
};

// A secret header: a token.
struct SecretHeader {
    std::string name;
    Secret value;
};

struct HttpRequest {
    std::string method = "GET";
    std::string url;                   // without credentials
    std::vector<std::string> headers;  // "Name: value"; sent to the target of a followed redirect, too
    // Sent only to the host of `url`: with any of them, redirects are never followed.
    std::vector<SecretHeader> secret_headers;
    std::string body;             // for POST; sent with Content-Length
    HttpCredentials credentials;  // empty user and password: none
    HttpAuth auth = HttpAuth::basic;
    // Instead of that, a signature of AWS's Signature Version 4, with `credentials` as access key and secret key:
    // "aws:amz:<region>:<service>" (see CURLOPT_AWS_SIGV4). It covers the host, so redirects are never followed.
    std::string signature;
    std::string proxy;                         // empty: HttpOptions'
    bool use_proxy = true;                     // false: none, also if HttpOptions or the environment name one
    Milliseconds timeout{0};                   // of the whole request; 0: HttpOptions' total_timeout
    std::filesystem::path ca_file;             // empty: HttpOptions'
    std::filesystem::path ca_folder;           // its PEM files are trusted, too; empty: none
    std::filesystem::path client_certificate;  // PEM; empty: none
    std::filesystem::path client_key;          // empty: in client_certificate
    std::string pinned_key;                    // "sha256//…" or a file: the server's public key; empty: any
    bool verify_peer = true;
    bool is_http_1 = false;        // HTTP/1.1 also where the server speaks HTTP/2
    bool follow_redirects = true;  // at most 10; credentials never go to another host
};

struct HttpHead {
    int status = 0;
    std::string effective_url;                                 // after redirects, without credentials
    std::vector<std::pair<std::string, std::string>> headers;  // of the last answer; names in lower case

    // The first header of that (lower case) name; empty when there is none.
    [[nodiscard]] std::string_view header(std::string_view name) const noexcept;
};

// The error for an unexpected answer: not_found, authentication, server (a later answer may differ), or protocol. `url`
// is shown: "<url> answered <status>".
[[nodiscard]] Error refusal_of(const HttpHead& head, std::string_view url);

// One active request. Destroying it cancels the transfer.
class HttpStream {
public:
    virtual ~HttpStream() = default;
    // Waits for the head of the final answer. Any status is a result. Fails with unreachable, timeout, cancelled,
    // protocol (TLS included: the message says which certificate check failed).
    [[nodiscard]] virtual Result<HttpHead> head() = 0;
    // Waits for body bytes: up to `size`; 0 at the end. Fails as head() does; a body cut short is unreachable.
    [[nodiscard]] virtual Result<std::size_t> read(char* buffer, std::size_t size) = 0;
    // The rest of the body, at most `limit` bytes (then protocol).
    [[nodiscard]] Result<std::string> read_all(std::uint64_t limit);
};

class HttpPool {
public:
    [[nodiscard]] static Result<std::shared_ptr<HttpPool>> make(const HttpOptions& options);
    virtual ~HttpPool() = default;
    // Starts the request; waits for nothing.
    [[nodiscard]] virtual std::unique_ptr<HttpStream> start(HttpRequest request) = 0;
    // Bytes received from and sent to the network since the start (bodies and heads, not TLS overhead).
    [[nodiscard]] virtual std::uint64_t bytes_received() const noexcept = 0;
    [[nodiscard]] virtual std::uint64_t bytes_sent() const noexcept = 0;
};

}  // namespace gup
