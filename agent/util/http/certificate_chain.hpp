// The certificate authorities that a pool trusts: read once, not for every connection.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>

#include "util/result.hpp"

struct mbedtls_ssl_config;

namespace gup::detail {

class HttpAuthorities {
public:
    // `file`: PEM, as HttpOptions::ca_file says. It is read when the first connection needs it.
    explicit HttpAuthorities(const std::filesystem::path& file);
    HttpAuthorities(const HttpAuthorities&) = delete;
    HttpAuthorities& operator=(const HttpAuthorities&) = delete;
    ~HttpAuthorities();

    // Makes a connection trust only these authorities. Only on the I/O thread; this object must outlive the connection.
    // Fails with io when the file cannot be read or has no certificate; then every later call fails, too.
    [[nodiscard]] Status apply(mbedtls_ssl_config* connection);

private:
    struct Chain;
    [[nodiscard]] Status read();

    std::filesystem::path file_;
    std::unique_ptr<Chain> chain_;
    std::optional<Status> read_;
};

}  // namespace gup::detail
