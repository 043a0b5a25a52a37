// SPDX-License-Identifier: Apache-2.0
// Files of CA certificates: the one that a pool trusts, and a check before any server is asked.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "util/clock.hpp"
#include "util/result.hpp"
#include "util/sys/file.hpp"

struct mbedtls_ssl_config;

namespace gup {

struct CaBundle {
    unsigned certificates = 0;  // that could be parsed
    unsigned unreadable = 0;
    unsigned expired = 0;        // at `now`
    unsigned not_yet_valid = 0;  // at `now`
};

// Fails when the file cannot be read. A file without a certificate gives an empty bundle.
[[nodiscard]] Result<CaBundle> read_ca_bundle(const fs::path& file, UnixTime now);

inline constexpr const char* system_ca_bundle = "/etc/ssl/certs/ca-certificates.crt";
// The file that https remotes are checked against: `configured`, else $SSL_CERT_FILE, else the system's.
[[nodiscard]] fs::path ca_bundle_file(const fs::path& configured);

namespace detail {

struct CertificateChain;

// The certificate authorities that a pool trusts: read once, not for every connection.
class HttpAuthorities {
public:
    // `file`: PEM, as HttpOptions::ca_file says. It is read when the first connection needs it, unless `text` is its
    // content.
    explicit HttpAuthorities(const fs::path& file, std::string text = {});
    HttpAuthorities(const HttpAuthorities&) = delete;
    HttpAuthorities& operator=(const HttpAuthorities&) = delete;
    ~HttpAuthorities();

    // Makes a connection trust only these authorities. Only on the I/O thread; this object must outlive the connection.
    // Fails with io when the file cannot be read or has no certificate; then every later call fails, too.
    [[nodiscard]] Status apply(mbedtls_ssl_config* connection);

    // For a libcurl with another TLS library, which reads them by itself: `text`, or if that is empty, the file.
    [[nodiscard]] const fs::path& file() const noexcept { return file_; }
    [[nodiscard]] const std::string& text() const noexcept { return text_; }

private:
    [[nodiscard]] Status read();

    fs::path file_;
    std::string text_;
    std::unique_ptr<CertificateChain> chain_;
    std::optional<Status> read_;
};

}  // namespace detail
}  // namespace gup
