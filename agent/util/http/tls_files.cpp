// SPDX-License-Identifier: Apache-2.0
#include "util/http/tls_files.hpp"

#include "util/http/ca_bundle.hpp"
#include "util/sys/directory.hpp"

namespace gup::detail {
namespace {

constexpr std::uint64_t longest_pem = 16U << 20U;

Error named_by(const Error& error, std::string_view what, std::string_view hint) {
    Error explained = error.with_context(what).with_hint(hint);
    explained.cause = Cause::tls;
    return explained;
}

Result<std::string> pem_of(const fs::path& file, std::string_view what, std::string_view hint) {
    auto text = read_file(file, longest_pem);
    return text.ok() ? text : Result<std::string>(named_by(text.error(), what, hint));
}

Result<std::string> certificates_in(const fs::path& folder) {
    const auto names = list_folder(folder);
    if (!names.ok()) {
        return named_by(names.error(), "the folder of CAs", "http.sslCAPath or GIT_SSL_CAPATH names it");
    }
    std::string all;
    for (const std::string& name : *names) {
        const auto info = file_info(folder / name);
        if (!info.ok() || !*info || (*info)->kind != FileKind::regular) continue;
        all += read_file(folder / name, longest_pem).value_or("") + "\n";
        if (all.size() > longest_pem) break;
    }
    return all;
}

}  // namespace

Result<std::string> authorities_of(const HttpRequest& request, const HttpOptions& options) {
    std::string text;
    if (!request.ca_file.empty()) {
        GUP_TRY(text, pem_of(request.ca_file, "the CA file", "http.sslCAInfo or GIT_SSL_CAINFO names it"));
    } else {
        text = read_file(ca_bundle_file(options.ca_file), longest_pem).value_or("");  // the folder may be enough
    }
    if (request.ca_folder.empty()) return text;
    GUP_TRY(const std::string more, certificates_in(request.ca_folder));
    return text + "\n" + more;
}

Result<ClientKeys> client_keys_of(const HttpRequest& request) {
    ClientKeys keys;
    if (request.client_certificate.empty()) return keys;
    const fs::path& key_file = request.client_key.empty() ? request.client_certificate : request.client_key;
    GUP_TRY(keys.certificate,
            pem_of(request.client_certificate, "the client's certificate", "http.sslCert or GIT_SSL_CERT names it"));
    GUP_TRY(keys.key, pem_of(key_file, "the client's key", "http.sslKey or GIT_SSL_KEY names it"));
    return keys;
}

}  // namespace gup::detail
