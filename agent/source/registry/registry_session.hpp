// SPDX-License-Identifier: Apache-2.0
// Requests to one repository of a registry or mirror, with the login that it wants.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "source/registry/challenge.hpp"
#include "source/registry/registries_conf.hpp"
#include "source/registry/registry_login.hpp"
#include "source/registry/registry_token.hpp"
#include "util/http/download.hpp"

namespace gup::detail {

// The header that takes a manifest of any kind. An index comes first: its digest is the same for all platforms.
inline constexpr const char* accepted_manifests =
    "Accept: application/vnd.oci.image.index.v1+json, application/vnd.docker.distribution.manifest.list.v2+json, "
    "application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json";

class RegistrySession {
public:
    // `access` outlives it.
    RegistrySession(RegistryPlace place, const RegistryAccess& access) : place_(std::move(place)), access_(access) {}

    [[nodiscard]] const RegistryPlace& place() const { return place_; }

    // A request for /v2/REPOSITORY/`what`. Logs in where the registry asks for it, also when a token has ended, and
    // follows redirects: another server gets neither token nor password. Any status is an answer. Fails as HttpStream
    // does, with authentication when there is no way in, with protocol for a web page, and as find_login.
    [[nodiscard]] Result<HttpAnswer> send(const std::string& method, const std::string& what,
                                          const std::vector<std::string>& headers);
    // The error for a status; `image` is in its message: "web:1".
    [[nodiscard]] Error refusal(const HttpHead& head, const std::string& image) const;

private:
    [[nodiscard]] Status begin();
    [[nodiscard]] Status log_in(const Challenge& challenge);
    [[nodiscard]] bool may_log_in(const Challenge& challenge) const;
    [[nodiscard]] std::optional<Challenge> usable_challenge(const HttpHead& head) const;
    [[nodiscard]] Result<HttpAnswer> send_anyhow(const std::string& method, const std::vector<std::string>& headers);
    [[nodiscard]] Result<HttpAnswer> send_once(const std::string& method, const std::vector<std::string>& headers);
    [[nodiscard]] HttpRequest request_for(const std::string& target, bool is_trusted) const;
    void set_certificates(HttpRequest& request) const;
    [[nodiscard]] std::string url() const;
    [[nodiscard]] TokenWish wish() const { return {place_, login_, !place_.is_insecure}; }
    [[nodiscard]] Error with_certificate_hint(Error error) const;
    [[nodiscard]] Error with_way_in(const Error& error) const;
    [[nodiscard]] std::string login_command() const;

    RegistryPlace place_;
    const RegistryAccess& access_;
    RegistryLogin login_;
    Secret token_;
    std::string what_;  // of this request
    bool has_begun_ = false;
    bool uses_password_ = false;
    bool is_clear_ = false;      // without TLS
    bool is_elsewhere_ = false;  // the last answer is another server's
};

}  // namespace gup::detail
