#include "util/http/ca_bundle.hpp"

#include <mbedtls/x509_crt.h>

#include <cstdlib>
#include <ctime>
#include <tuple>

namespace gup {
namespace {

struct Chain {
    mbedtls_x509_crt certificate = {};
    Chain() { mbedtls_x509_crt_init(&certificate); }
    Chain(const Chain&) = delete;
    Chain& operator=(const Chain&) = delete;
    ~Chain() { mbedtls_x509_crt_free(&certificate); }
};

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
    Chain chain;
    // The terminating NUL tells Mbed TLS that this is PEM.
    const int unread = mbedtls_x509_crt_parse(&chain.certificate, reinterpret_cast<const unsigned char*>(text.c_str()),
                                              text.size() + 1);
    if (unread > 0) bundle.unreadable = static_cast<unsigned>(unread);
    const auto today = fields(x509_time(now));
    for (const mbedtls_x509_crt* one = &chain.certificate; one != nullptr && one->raw.p != nullptr; one = one->next) {
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
    const char* named = std::getenv("SSL_CERT_FILE");  // NOLINT(concurrency-mt-unsafe): nobody sets it
    return named != nullptr && *named != '\0' ? named : "/etc/ssl/certs/ca-certificates.crt";
}

}  // namespace gup
