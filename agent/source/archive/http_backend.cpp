// SPDX-License-Identifier: Apache-2.0
#include "source/archive/http_backend.hpp"

#include <fmt/format.h>

#include <memory>
#include <optional>
#include <utility>

#include "source/libgit2/config.hpp"
#include "source/remote/config.hpp"
#include "source/remote/context.hpp"
#include "source/remote/credentials.hpp"
#include "util/http/redirect.hpp"
#include "util/url.hpp"

namespace gup::detail {
namespace {

std::string_view archive_hint(int status) {
    switch (status) {
        case 404:
        case 410:
            return "check the source's URL; some servers also answer this without access rights";
        case 407:
            return "the proxy needs a user and a password in http.proxy";
        default:
            return {};
    }
}

class WebServer final : public ArchiveServer {
public:
    WebServer(HttpPool& pool, Url url, const ArchiveRequest& request)
        : pool_(pool),
          url_(std::move(url)),
          user_(request.user),
          config_(read_config(request.user)),
          credentials_(url_, request.user, "/", config_, Unasked::always) {}

    // Follows redirects by itself, with the headers, credentials and settings for each place.
    Result<HttpAnswer> get(const std::string& suffix, std::vector<std::string> headers) override {
        RedirectChain redirects;
        Url place = url_;
        std::string end = suffix;                   // empty after a redirect
        std::optional<CredentialChain> of_another;  // of the redirect's target on another server
        for (;;) {
            CredentialChain& credentials = of_another ? *of_another : credentials_;
            HttpAnswer answer{{}, pool_.start(make_request(place, end, headers, credentials))};
            GUP_TRY(answer.head, answer.body->head());
            const int status = answer.head.status;
            if (is_redirect(answer.head)) {
                GUP_TRY(const std::string target, redirects.next(answer.head));
                GUP_TRY(Url next, parse_url(target));
                move_credentials(place, next, of_another);
                place = std::move(next);
                end.clear();
                continue;
            }
            if (status == 200 || status == 206 || status == 304 || status == 416) {
                GUP_CHECK(refuse_page(answer.head, shown(suffix)));
                credentials.accepted();
                return answer;
            }
            if (status == 401 || status == 403) {
                GUP_TRY(const bool again, credentials.next(answer.head));
                if (again) continue;
            }
            return credentials.explained(
                refusal_of(answer.head, shown(suffix)).with_hint(archive_hint(status)), status,
                "the source's URL, ~/.netrc or a git credential helper; a time-limited URL may "
                "have expired");
        }
    }

    [[nodiscard]] std::string shown(const std::string& suffix) const override {
        return url_.without_credentials() + suffix;
    }

private:
    // Another server gets its own credentials, never those of this one.
    void move_credentials(const Url& before, const Url& next, std::optional<CredentialChain>& of_another) const {
        const bool names_user = !next.user.empty() || !next.password.empty();
        const bool is_back = same_server(url_, next);
        if (names_user || (!is_back && !same_server(before, next))) {
            of_another.emplace(next, user_, "/", config_, Unasked::always);
        } else if (is_back) {
            of_another.reset();
        }
    }

    [[nodiscard]] HttpRequest make_request(const Url& place, const std::string& end,
                                           const std::vector<std::string>& headers,
                                           CredentialChain& credentials) const {
        HttpRequest request;
        const std::string plain = place.without_credentials();
        request.url = plain + end + (place.query.empty() ? "" : "?" + place.query);
        request.headers = headers;
        request.follow_redirects = false;
        for (std::string& line : config_.headers_for(place.with_user(), url_))
            request.headers.push_back(std::move(line));
        set_network(config_, place.with_user(), url_, request);
        credentials.apply(request);
        return request;
    }

    HttpPool& pool_;
    Url url_;
    GitUser user_;
    RemoteConfig config_;
    CredentialChain credentials_;
};

}  // namespace

Result<std::unique_ptr<ArchiveServer>> make_web_server(HttpPool& pool, const ArchiveRequest& request) {
    GUP_TRY(Url url, parse_url(request.connector.source.url));
    return std::unique_ptr<ArchiveServer>(std::make_unique<WebServer>(pool, std::move(url), request));
}

Status refuse_page(const HttpHead& head, const std::string& shown) {
    if (head.status != 200 && head.status != 206) return {};
    const std::string_view type = head.header("content-type");
    if (type.substr(0, type.find(';')) != "text/html") return {};
    const std::string place = head.effective_url.substr(0, head.effective_url.find('?'));
    const std::string moved = place.empty() || place == shown ? "" : " redirects to " + mask_secrets(place) + ", which";
    return Error{ErrorCode::protocol,
                 fmt::format("{}{} answered with a web page (text/html) instead of an archive", shown, moved),
                 "it may be a login page or a network portal; open it in a browser"};
}

}  // namespace gup::detail
