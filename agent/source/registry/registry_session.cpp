// SPDX-License-Identifier: Apache-2.0
#include "source/registry/registry_session.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "util/http/busy_servers.hpp"
#include "util/http/redirect.hpp"
#include "util/process/process.hpp"
#include "util/url.hpp"

namespace gup::detail {

Status RegistrySession::begin() {
    if (has_begun_) return {};
    GUP_TRY(login_, find_login(access_, place_.registry, place_.repository));
    is_clear_ = place_.is_insecure && is_known_clear(place_);
    if (const auto known = known_challenge(place_); known && may_log_in(*known)) GUP_CHECK(log_in(*known));
    has_begun_ = true;
    return {};
}

Result<HttpAnswer> RegistrySession::send(const std::string& method, const std::string& what,
                                         const std::vector<std::string>& headers) {
    GUP_CHECK(begin());
    what_ = what;
    for (bool is_again = false;; is_again = true) {
        GUP_TRY(HttpAnswer answer, send_anyhow(method, headers));
        const std::string_view type = answer.head.header("content-type");
        if (answer.head.status < 300 && type.substr(0, type.find(';')) == "text/html") {
            return Error{ErrorCode::protocol, fmt::format("{} answers with a web page", place_.registry),
                         "it may be a login page or a network portal, or no registry"};
        }
        if (answer.head.status != 401 || is_again || is_elsewhere_) return answer;
        const auto challenge = usable_challenge(answer.head);
        if (!challenge) return answer;
        if (!token_.empty()) forget_token(*challenge, wish());
        GUP_CHECK(log_in(*challenge));
        remember_challenge(place_, *challenge);
    }
}

bool RegistrySession::may_log_in(const Challenge& challenge) const {
    return challenge.scheme == "bearer" || !login_.credentials.user.empty();
}

// A bearer token before a password.
std::optional<Challenge> RegistrySession::usable_challenge(const HttpHead& head) const {
    const std::vector<Challenge> offered = challenges_of(head);
    for (const std::string_view scheme : {"bearer", "basic"}) {
        const auto found =
            std::find_if(offered.begin(), offered.end(), [&](const Challenge& one) { return one.scheme == scheme; });
        if (found != offered.end() && may_log_in(*found)) return *found;
    }
    return std::nullopt;
}

Status RegistrySession::log_in(const Challenge& challenge) {
    uses_password_ = challenge.scheme == "basic";
    if (uses_password_) return {};
    auto token = ask_token(challenge, wish(), *access_.network.http);
    if (!token.ok()) return with_way_in(token.error());
    token_ = *std::move(token);
    return {};
}

std::string RegistrySession::url() const {
    return fmt::format("{}://{}/v2/{}/{}", is_clear_ ? "http" : "https", place_.host(), place_.repository, what_);
}

// An insecure registry has a certificate that nobody knows, or no TLS.
Result<HttpAnswer> RegistrySession::send_anyhow(const std::string& method, const std::vector<std::string>& headers) {
    auto answer = send_once(method, headers);
    if (!answer.ok()) answer = with_certificate_hint(answer.error());
    const bool may_be_clear =
        place_.is_insecure && !is_clear_ && !answer.ok() && answer.error().code != ErrorCode::cancelled;
    if (!may_be_clear) return answer;
    is_clear_ = true;
    auto in_clear = send_once(method, headers);
    is_clear_ = in_clear.ok() || !is_network_failure(in_clear.error());
    if (is_clear_) remember_clear(place_);
    return is_clear_ ? std::move(in_clear) : std::move(answer);
}

// podman reads the same folder.
Error RegistrySession::with_certificate_hint(Error error) const {
    if (error.cause != Cause::tls) return error;
    error.hint = fmt::format("for a registry with its own CA: put the CA's certificate into {}",
                             (access_.system / "certs.d" / place_.host() / "ca.crt").string());
    return error;
}

Result<HttpAnswer> RegistrySession::send_once(const std::string& method, const std::vector<std::string>& headers) {
    RedirectChain redirects;
    std::string target = url();
    GUP_TRY(const Url first, parse_url(target));
    for (;;) {
        GUP_TRY(const Url place, parse_url(target));
        is_elsewhere_ = !same_server(first, place);
        HttpRequest request = request_for(target, !is_elsewhere_);
        request.method = method;
        request.headers = headers;
        HttpAnswer answer{{}, access_.network.http->start(std::move(request))};
        GUP_TRY(answer.head, answer.body->head());
        if (!is_redirect(answer.head)) return answer;
        GUP_TRY(target, redirects.next(answer.head));
    }
}

HttpRequest RegistrySession::request_for(const std::string& target, bool is_trusted) const {
    HttpRequest request;
    request.url = target;
    request.follow_redirects = false;
    request.verify_peer = !place_.is_insecure;
    if (!is_trusted) return request;
    set_certificates(request);
    if (uses_password_) request.credentials = login_.credentials;
    if (!token_.empty()) request.secret_headers.push_back({"Authorization", Secret("Bearer " + token_.reveal())});
    return request;
}

// certs.d/HOST:PORT of containers-certs.d(5).
void RegistrySession::set_certificates(HttpRequest& request) const {
    for (const fs::path& folder : {access_.home / ".config/containers/certs.d", access_.system / "certs.d"}) {
        const fs::path own = folder / place_.host();
        if (!is_folder(own)) continue;
        request.ca_folder = own;
        if (is_file(own / "client.cert")) request.client_certificate = own / "client.cert";
        if (is_file(own / "client.key")) request.client_key = own / "client.key";
        return;
    }
}

std::string RegistrySession::login_command() const {
    return display_command({"podman", "login", "--authfile", own_auth_file(access_).string(), place_.registry});
}

Error RegistrySession::with_way_in(const Error& error) const {
    if (error.code != ErrorCode::authentication) return error;
    return error.with_hint(fmt::format("log in as the connector's owner: {}", login_command()));
}

Error RegistrySession::refusal(const HttpHead& head, const std::string& image) const {
    if (head.status == 404) {
        return {ErrorCode::not_found, fmt::format("{} has no {}", place_.registry, image),
                "check the image's name and tag"};
    }
    if (head.status == 429) {
        const std::string hint = login_.empty() ? "a login may have a higher limit: " + login_command() : "";
        Error error{ErrorCode::server, fmt::format("{} had too many requests", place_.registry), hint};
        return with_asked_wait(std::move(error), head, url());
    }
    if (is_elsewhere_ || (head.status != 401 && head.status != 403)) return refusal_of(head, url());
    if (!login_.empty()) {
        return with_way_in({ErrorCode::authentication,
                            fmt::format("{} refuses {} to the login from {}", place_.registry, image, login_.from),
                            {}});
    }
    return with_way_in(
        {ErrorCode::authentication,
         fmt::format("{} has no {} for everybody: it is private, or there is none", place_.registry, image),
         {}});
}

}  // namespace gup::detail
