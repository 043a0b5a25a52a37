// SPDX-License-Identifier: Apache-2.0
#include "source/registry/manifest_question.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "source/registry/registry_token.hpp"
#include "util/crypto/digest.hpp"
#include "util/http/busy_servers.hpp"
#include "util/http/data_budget.hpp"
#include "util/http/download.hpp"
#include "util/http/redirect.hpp"
#include "util/process/process.hpp"
#include "util/text.hpp"
#include "util/url.hpp"

namespace gup::detail {
namespace {

constexpr std::uint64_t longest_manifest = 4U << 20U;
// An index comes first: its digest is the same for all platforms.
constexpr const char* accepted_manifests =
    "Accept: application/vnd.oci.image.index.v1+json, application/vnd.docker.distribution.manifest.list.v2+json, "
    "application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json";

class ManifestQuestion {
public:
    ManifestQuestion(const RegistryPlace& place, const std::string& tag, const RegistryAccess& access)
        : place_(place), tag_(tag), access_(access) {}

    Result<std::string> ask() {
        GUP_TRY(login_, find_login(access_, place_.registry, place_.repository));
        is_clear_ = place_.is_insecure && is_known_clear(place_);
        if (const auto known = known_challenge(place_); known && may_log_in(*known)) GUP_CHECK(log_in(*known));
        for (bool is_again = false;; is_again = true) {
            GUP_TRY(const HttpAnswer answer, send("HEAD"));
            if (answer.head.status == 200) return digest_from(answer.head);
            if (answer.head.status == 405 || answer.head.status == 501) return digest_of_manifest();
            if (answer.head.status != 401 || is_again) return refusal(answer.head);
            const auto challenge = usable_challenge(answer.head);
            if (!challenge) return refusal(answer.head);
            if (!token_.empty()) forget_token(*challenge, wish());
            GUP_CHECK(log_in(*challenge));
            remember_challenge(place_, *challenge);
        }
    }

private:
    [[nodiscard]] TokenWish wish() const { return {place_, login_, !place_.is_insecure}; }

    [[nodiscard]] bool may_log_in(const Challenge& challenge) const {
        return challenge.scheme == "bearer" || !login_.credentials.user.empty();
    }

    // A bearer token before a password.
    [[nodiscard]] std::optional<Challenge> usable_challenge(const HttpHead& head) const {
        const std::vector<Challenge> offered = challenges_of(head);
        for (const std::string_view scheme : {"bearer", "basic"}) {
            const auto found = std::find_if(offered.begin(), offered.end(),
                                            [&](const Challenge& one) { return one.scheme == scheme; });
            if (found != offered.end() && may_log_in(*found)) return *found;
        }
        return std::nullopt;
    }

    Status log_in(const Challenge& challenge) {
        uses_password_ = challenge.scheme == "basic";
        if (uses_password_) return {};
        auto token = ask_token(challenge, wish(), *access_.network.http);
        if (!token.ok()) return with_way_in(token.error());
        token_ = *std::move(token);
        return {};
    }

    [[nodiscard]] std::string url() const {
        return fmt::format("{}://{}/v2/{}/manifests/{}", is_clear_ ? "http" : "https", place_.host(), place_.repository,
                           tag_);
    }

    // An insecure registry has a certificate that nobody knows, or no TLS.
    Result<HttpAnswer> send(const std::string& method) {
        auto answer = send_once(method);
        if (!answer.ok()) answer = with_certificate_hint(answer.error());
        const bool may_be_clear =
            place_.is_insecure && !is_clear_ && !answer.ok() && answer.error().code != ErrorCode::cancelled;
        if (!may_be_clear) return answer;
        is_clear_ = true;
        auto in_clear = send_once(method);
        is_clear_ = in_clear.ok() || !is_network_failure(in_clear.error());
        if (is_clear_) remember_clear(place_);
        return is_clear_ ? std::move(in_clear) : std::move(answer);
    }

    // podman reads the same folder.
    [[nodiscard]] Error with_certificate_hint(Error error) const {
        if (error.cause != Cause::tls) return error;
        error.hint = fmt::format("for a registry with its own CA: put the CA's certificate into {}",
                                 (access_.system / "certs.d" / place_.host() / "ca.crt").string());
        return error;
    }

    // Follows redirects; another server gets neither token nor password.
    Result<HttpAnswer> send_once(const std::string& method) {
        RedirectChain redirects;
        std::string target = url();
        GUP_TRY(const Url first, parse_url(target));
        for (;;) {
            GUP_TRY(const Url place, parse_url(target));
            HttpAnswer answer{{}, access_.network.http->start(request_for(method, target, same_server(first, place)))};
            GUP_TRY(answer.head, answer.body->head());
            if (!is_redirect(answer.head)) return answer;
            GUP_TRY(target, redirects.next(answer.head));
        }
    }

    [[nodiscard]] HttpRequest request_for(const std::string& method, const std::string& target, bool is_trusted) const {
        HttpRequest request;
        request.method = method;
        request.url = target;
        request.headers.emplace_back(accepted_manifests);
        request.follow_redirects = false;
        request.verify_peer = !place_.is_insecure;
        if (!is_trusted) return request;
        set_certificates(request);
        if (uses_password_) request.credentials = login_.credentials;
        if (!token_.empty()) {
            request.secret_headers.push_back({"Authorization", Secret("Bearer " + token_.reveal())});
        }
        return request;
    }

    // certs.d/HOST:PORT of containers-certs.d(5).
    void set_certificates(HttpRequest& request) const {
        for (const fs::path& folder : {access_.home / ".config/containers/certs.d", access_.system / "certs.d"}) {
            const fs::path own = folder / place_.host();
            if (!is_folder(own)) continue;
            request.ca_folder = own;
            if (is_file(own / "client.cert")) request.client_certificate = own / "client.cert";
            if (is_file(own / "client.key")) request.client_key = own / "client.key";
            return;
        }
    }

    // Few registries leave the header out: then the manifest itself tells it.
    Result<std::string> digest_from(const HttpHead& head) {
        const std::string_view type = head.header("content-type");
        if (type.substr(0, type.find(';')) == "text/html") {
            return Error{ErrorCode::protocol, fmt::format("{} answers with a web page", place_.registry),
                         "it may be a login page or a network portal, or no registry"};
        }
        const std::string digest(trimmed(head.header("docker-content-digest")));
        if (is_image_digest(digest)) return digest;
        if (!digest.empty()) {
            return Error{
                ErrorCode::protocol,
                fmt::format("{} answers with a digest that is none: {}", place_.registry, digest.substr(0, 80)),
                {}};
        }
        return digest_of_manifest();
    }

    Result<std::string> digest_of_manifest() {
        GUP_TRY(const HttpAnswer answer, send("GET"));
        if (answer.head.status != 200) return refusal(answer.head);
        GUP_TRY(const std::string manifest, answer.body->read_all(longest_manifest));
        const auto& budget = access_.network.budget;
        if (budget) GUP_CHECK(budget->spend(manifest.size(), DataBudget::Kind::question));
        return "sha256:" + sha256_of(manifest);
    }

    [[nodiscard]] std::string login_command() const {
        return display_command({"podman", "login", "--authfile", own_auth_file(access_).string(), place_.registry});
    }

    [[nodiscard]] Error with_way_in(const Error& error) const {
        if (error.code != ErrorCode::authentication) return error;
        return error.with_hint(fmt::format("log in as the connector's owner: {}", login_command()));
    }

    [[nodiscard]] Error refusal(const HttpHead& head) const {
        const std::string image = fmt::format("{}:{}", place_.repository, tag_);
        if (head.status == 404) {
            return {ErrorCode::not_found, fmt::format("{} has no {}", place_.registry, image),
                    "check the image's name and tag"};
        }
        if (head.status == 429) {
            const std::string hint = login_.empty() ? "a login may have a higher limit: " + login_command() : "";
            Error error{ErrorCode::server, fmt::format("{} had too many requests", place_.registry), hint};
            return with_asked_wait(std::move(error), head, url());
        }
        if (head.status != 401 && head.status != 403) return refusal_of(head, url());
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

    const RegistryPlace& place_;
    const std::string& tag_;
    const RegistryAccess& access_;
    RegistryLogin login_;
    Secret token_;
    bool uses_password_ = false;
    bool is_clear_ = false;  // without TLS
};

}  // namespace

Result<std::string> ask_manifest(const RegistryPlace& place, const std::string& tag, const RegistryAccess& access) {
    return ManifestQuestion(place, tag, access).ask();
}

}  // namespace gup::detail
