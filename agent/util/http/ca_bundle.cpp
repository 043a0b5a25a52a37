// SPDX-License-Identifier: Apache-2.0
#include "util/http/ca_bundle.hpp"

#include <fmt/format.h>
#include <mbedtls/error.h>
#include <mbedtls/ssl.h>
#include <mbedtls/x509_crt.h>

#include <array>
#include <ctime>
#include <tuple>

#include "util/sys/environment.hpp"

namespace gup {

struct detail::CertificateChain {
    mbedtls_x509_crt first = {};
    CertificateChain() { mbedtls_x509_crt_init(&first); }
    CertificateChain(const CertificateChain&) = delete;
    CertificateChain& operator=(const CertificateChain&) = delete;
    ~CertificateChain() { mbedtls_x509_crt_free(&first); }

    // From PEM; certificates that cannot be parsed are skipped. Returns how many these are, or an error's number.
    [[nodiscard]] int parse(const std::string& text) {
        // The length includes the terminating zero; otherwise Mbed TLS does not recognise PEM.
        return mbedtls_x509_crt_parse(&first, reinterpret_cast<const unsigned char*>(text.c_str()), text.size() + 1);
    }
};

namespace {

constexpr const char* ca_file_hint =
    "install ca-certificates, or set network.ca-file in gup-agent.toml to another file";

std::string words_of(int code) {
    std::array<char, 128> words{};
    mbedtls_strerror(code, words.data(), words.size());
    return words.data();
}

// Fields from the largest to the smallest, so that two values compare like their times.
auto fields(const mbedtls_x509_time& time) {
    return std::tuple{time.year, time.mon, time.day, time.hour, time.min, time.sec};
}

mbedtls_x509_time x509_time(UnixTime now) {
    const auto seconds = static_cast<std::time_t>(now);
    std::tm parts{};
    if (::gmtime_r(&seconds, &parts) == nullptr) return {};
    return {parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec};
}

}  // namespace

Result<CaBundle> read_ca_bundle(const fs::path& file, UnixTime now) {
    GUP_TRY(const std::string text, read_file(file));
    CaBundle bundle;
    detail::CertificateChain chain;
    const int unread = chain.parse(text);
    if (unread > 0) bundle.unreadable = static_cast<unsigned>(unread);
    const auto today = fields(x509_time(now));
    for (const mbedtls_x509_crt* one = &chain.first; one != nullptr && one->raw.p != nullptr; one = one->next) {
        ++bundle.certificates;
        if (fields(one->valid_to) < today) ++bundle.expired;
        if (fields(one->valid_from) > today) ++bundle.not_yet_valid;
    }
    if (unread < 0 && bundle.certificates == 0)
        bundle.unreadable = text.find("-----BEGIN") == std::string::npos ? 0 : 1;
    return bundle;
}

fs::path ca_bundle_file(const fs::path& configured) {
    if (!configured.empty()) return configured;
    const std::string named = environment_value("SSL_CERT_FILE");
    return named.empty() ? system_ca_bundle : named;
}

namespace detail {

HttpAuthorities::HttpAuthorities(const fs::path& file, std::string text)
    : file_(ca_bundle_file(file)), text_(std::move(text)), chain_(std::make_unique<CertificateChain>()) {}

HttpAuthorities::~HttpAuthorities() = default;

Status HttpAuthorities::read() {
    auto text = text_.empty() ? read_file(file_) : Result<std::string>(std::move(text_));
    if (!text.ok())
        return Error{ErrorCode::io, text.error().with_context("the CA file").message, ca_file_hint, Cause::tls};
    const int code = chain_->parse(*text);
    if (code >= 0) return {};
    return Error{ErrorCode::io, fmt::format("the CA file {}: {}", file_.string(), words_of(code)), ca_file_hint,
                 Cause::tls};
}

Status HttpAuthorities::apply(mbedtls_ssl_config* connection) {
    if (!read_) read_ = read();
    if (read_->ok()) mbedtls_ssl_conf_ca_chain(connection, &chain_->first, nullptr);
    return *read_;
}

}  // namespace detail
}  // namespace gup
