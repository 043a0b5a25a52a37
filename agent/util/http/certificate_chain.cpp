#include "util/http/certificate_chain.hpp"

#include <fmt/format.h>
#include <mbedtls/error.h>
#include <mbedtls/ssl.h>
#include <mbedtls/x509_crt.h>

#include <array>
#include <cstdlib>

#include "util/sys/file.hpp"

namespace gup::detail {
namespace {

constexpr std::uint64_t file_limit = 16U << 20U;
constexpr const char* ca_file_hint =
    "install ca-certificates, or set network.ca-file in gup-agent.toml to another file";

std::filesystem::path default_file() {
    const char* named = std::getenv("SSL_CERT_FILE");  // NOLINT(concurrency-mt-unsafe): nobody sets it
    return named != nullptr && *named != '\0' ? named : "/etc/ssl/certs/ca-certificates.crt";
}

std::string words_of(int code) {
    std::array<char, 128> words{};
    mbedtls_strerror(code, words.data(), words.size());
    return words.data();
}

}  // namespace

struct HttpAuthorities::Chain {
    mbedtls_x509_crt certificates{};
    Chain() { mbedtls_x509_crt_init(&certificates); }
    Chain(const Chain&) = delete;
    Chain& operator=(const Chain&) = delete;
    ~Chain() { mbedtls_x509_crt_free(&certificates); }
};

HttpAuthorities::HttpAuthorities(const std::filesystem::path& file)
    : file_(file.empty() ? default_file() : file), chain_(std::make_unique<Chain>()) {}

HttpAuthorities::~HttpAuthorities() = default;

Status HttpAuthorities::read() {
    auto text = read_file(file_, file_limit);
    if (!text.ok())
        return Error{ErrorCode::io, text.error().with_context("the CA file").message, ca_file_hint, Cause::tls};
    // The length includes the terminating zero; otherwise Mbed TLS does not recognise PEM. It skips certificates that
    // it cannot parse.
    const auto* bytes = reinterpret_cast<const unsigned char*>(text->c_str());
    const int code = mbedtls_x509_crt_parse(&chain_->certificates, bytes, text->size() + 1);
    if (code >= 0) return {};
    return Error{ErrorCode::io, fmt::format("the CA file {}: {}", file_.string(), words_of(code)), ca_file_hint,
                 Cause::tls};
}

Status HttpAuthorities::apply(mbedtls_ssl_config* connection) {
    if (!read_) read_ = read();
    if (read_->ok()) mbedtls_ssl_conf_ca_chain(connection, &chain_->certificates, nullptr);
    return *read_;
}

}  // namespace gup::detail
