// SPDX-License-Identifier: Apache-2.0
#include "source/transport/http_session.hpp"

#include <fmt/format.h>

#include <array>
#include <memory>
#include <string_view>
#include <utility>

#include "source/libgit2/config.hpp"
#include "source/remote/context.hpp"
#include "util/http/redirect.hpp"
#include "util/log/log.hpp"
#include "util/url.hpp"

namespace gup::detail {
namespace {

constexpr std::string_view advertisement_path = "/info/refs?service=git-upload-pack";
constexpr std::string_view upload_pack = "/git-upload-pack";
constexpr std::string_view advertisement_type = "application/x-git-upload-pack-advertisement";
constexpr std::string_view result_type = "application/x-git-upload-pack-result";
// Some servers answer git and other clients differently at the same URL.
constexpr const char* standard_agent = "git/2.0 (gup-agent)";
constexpr std::size_t remark_limit = 4096;
constexpr std::size_t drained_at_most = 65536;
constexpr std::size_t remark_shown = 200;

std::string without_slashes(std::string text) {
    while (text.ends_with('/')) text.pop_back();
    return text;
}

std::string_view path_of(Exchange exchange) {
    return exchange == Exchange::advertise ? advertisement_path : upload_pack;
}

// One line of the answer's body, if it is plain text.
std::string remark_of(HttpStream& stream, const HttpHead& head) {
    if (!head.header("content-type").starts_with("text/plain")) return {};
    const auto body = stream.read_all(remark_limit);
    if (!body.ok()) return {};
    std::string line = body->substr(0, body->find_first_of("\r\n"));
    if (line.size() > remark_shown) line.resize(remark_shown);
    for (char& c : line) {
        if (static_cast<unsigned char>(c) < 0x20) c = ' ';
    }
    return line.empty() ? line : ": " + mask_secrets(line);
}

std::string_view refusal_hint(int status) {
    switch (status) {
        case 404:
        case 410:
            return "check the URL; a private repository also answers this without access rights";
        case 407:
            return "the proxy needs a user and a password in http.proxy";
        default:
            return status / 100 == 3 ? "set the remote's URL to the new address" : "";
    }
}

Error refusal(const std::string& url, const HttpHead& head, const std::string& remark) {
    Error error = refusal_of(head, url).with_hint(refusal_hint(head.status));
    error.message += remark;
    if (head.status == 407) error.code = ErrorCode::authentication;
    if (head.status / 100 == 3) error.message += fmt::format(" redirects to {}", mask_secrets(head.header("location")));
    return error;
}

}  // namespace

Status HttpSession::begin(const std::string& url, Protocol protocol) {
    const TransportContext& context = current_transport();
    user_ = context.user;
    folder_ = folder_of(context.repository);
    config_.emplace(read_config(context));
    protocol_ = config_->allows_v2() ? protocol : Protocol::v0;
    return begin_again(url);
}

Status HttpSession::begin_again(const std::string& url) {
    GUP_TRY(remote_, parse_url(url));
    home_ = parse_url(user_.home_remote).value_or(remote_);
    base_ = without_slashes(remote_.without_credentials());
    place_.clear();
    status_ = 0;
    sent_.reset();
    credentials_.emplace(remote_, user_, folder_, *config_);
    return {};
}

// Only the first exchange follows redirects, unless http.followRedirects says otherwise.
bool HttpSession::follows(Exchange exchange) const {
    const std::string follow = config_->value_for("http", "followredirects", settings_url());
    const bool initial = follow.empty() || follow == "initial";
    const bool all = !initial && config_->flag_for("http", "followredirects", settings_url(), false);
    return all || (initial && exchange == Exchange::advertise);
}

HttpRequest HttpSession::make_request(Exchange exchange, const std::string& body) {
    HttpRequest request;
    const std::string agent = config_->find_for("http", "useragent", settings_url()).value_or(standard_agent);
    request.headers = {"User-Agent: " + config_->variable("GIT_HTTP_USER_AGENT").value_or(agent),
                       "Accept-Encoding: deflate, gzip"};
    request.url = place_.empty() ? base_ + std::string(path_of(exchange)) : place_;
    request.follow_redirects = false;  // perform() follows them, with the headers and settings for each place
    if (exchange == Exchange::advertise) {
        request.headers.emplace_back("Pragma: no-cache");
    } else {
        request.method = "POST";
        request.headers.emplace_back("Content-Type: application/x-git-upload-pack-request");
        request.headers.emplace_back("Accept: " + std::string(result_type));
        request.body = body;
    }
    if (protocol_ == Protocol::v2) request.headers.emplace_back("Git-Protocol: version=2");
    for (std::string& line : config_->headers_for(settings_url(), home_)) {
        request.headers.push_back(std::move(line));
    }
    set_network(*config_, settings_url(), remote_, request);
    credentials_->apply(request);
    return request;
}

// The next request goes to the redirect's target. If that is a repository, it is the remote from now on.
Status HttpSession::move_to(const std::string& target, Exchange exchange) {
    GUP_TRY(const Url next, parse_url(target));
    const std::string before = config_url();
    const std::string path(path_of(exchange));
    const std::string url = next.without_credentials() + (next.query.empty() ? "" : "?" + next.query);
    const bool is_repository = url.ends_with(path);
    place_ = is_repository ? std::string() : url;
    if (is_repository) {
        base_ = url.substr(0, url.size() - path.size());
        log::debug("", fmt::format("{} is now at {}", before, base_));
    }
    const auto from = parse_url(before);
    const bool names_user = !next.user.empty() || !next.password.empty();
    if (names_user || !from.ok() || !same_server(*from, next)) use_credentials_for(next);
    return {};
}

// Another server gets its own credentials, never those of this one.
void HttpSession::use_credentials_for(const Url& place) {
    const bool names_user = !place.user.empty() || !place.password.empty();
    credentials_.emplace(!names_user && same_server(remote_, place) ? remote_ : place, user_, folder_, *config_);
}

Status HttpSession::return_to_base() {
    GUP_TRY(const Url place, parse_url(base_));
    use_credentials_for(place);
    return {};
}

std::string HttpSession::config_url() const {
    return place_.empty() ? base_ : place_.substr(0, place_.find('?'));
}

// The user of the remote belongs to it, as in git: [http "https://user@host"] is for it alone.
std::string HttpSession::settings_url() const {
    auto place = parse_url(config_url());
    if (!place.ok() || remote_.user.empty() || !same_server(*place, remote_)) return config_url();
    place->user = remote_.user;
    return place->with_user();
}

Status HttpSession::check_answer(Exchange exchange, const HttpHead& head) const {
    if (!place_.empty() && exchange == Exchange::advertise) {
        return Error{ErrorCode::protocol,
                     fmt::format("{} redirects to {}, which is not a git repository", base_, config_url()),
                     "check that the URL is that of a repository; a login page also answers this"};
    }
    const std::string_view wanted = exchange == Exchange::advertise ? advertisement_type : result_type;
    std::string_view type = head.header("content-type");
    type = type.substr(0, type.find(';'));
    if (type == wanted) return {};
    return Error{ErrorCode::protocol,
                 fmt::format("{} does not speak git's smart HTTP: it answered with {}", base_,
                             type.empty() ? std::string_view("no content type") : type),
                 "check that the URL is that of a repository; a login page also answers this"};
}

Status HttpSession::send(Exchange exchange, const std::string& body) {
    GUP_TRY(sent_, start(exchange, body));
    return {};
}

Result<std::unique_ptr<HttpStream>> HttpSession::start(Exchange exchange, const std::string& body) {
    const auto& pool = transport_settings().http;
    if (!pool) return Error{ErrorCode::failed, "there is no HTTP pool", {}};
    return pool->start(make_request(exchange, body));
}

Result<std::unique_ptr<HttpStream>> HttpSession::perform(Exchange exchange, const std::string& body) {
    RedirectChain redirects;
    if (!std::exchange(place_, {}).empty()) GUP_CHECK(return_to_base());
    for (;;) {
        const std::string_view path = path_of(exchange);
        const std::string shown = place_.empty() ? base_ + std::string(path.substr(0, path.find('?'))) : config_url();
        status_ = 0;
        std::unique_ptr<HttpStream> stream = std::move(sent_);
        if (!stream) {
            GUP_TRY(stream, start(exchange, body));
        }
        GUP_TRY(const HttpHead head, stream->head());
        status_ = head.status;
        if (head.status == 200) {
            GUP_CHECK(check_answer(exchange, head));
            credentials_->accepted();
            return stream;
        }
        if (is_redirect(head) && follows(exchange)) {
            drain_answer(*stream);
            GUP_TRY(const std::string target, redirects.next(head));
            GUP_CHECK(move_to(target, exchange));
            continue;
        }
        if (head.status == 401 || head.status == 403) {
            GUP_TRY(const bool again, credentials_->next(head));
            if (again) continue;
        }
        return credentials_->explained(refusal(shown, head, remark_of(*stream, head)), head.status,
                                       "the remote's URL, ~/.netrc or a git credential helper");
    }
}

void drain_answer(HttpStream& answer) {
    std::array<char, 4096> rest{};
    for (std::size_t drained = 0; drained < drained_at_most;) {
        const auto size = answer.read(rest.data(), rest.size());
        if (!size.ok() || *size == 0) return;
        drained += *size;
    }
}

}  // namespace gup::detail
