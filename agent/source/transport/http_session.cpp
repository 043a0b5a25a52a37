#include "source/transport/http_session.hpp"

#include <fmt/format.h>

#include <array>
#include <memory>
#include <string_view>
#include <utility>

#include "source/libgit2/config.hpp"
#include "source/remote/context.hpp"
#include "util/log/log.hpp"
#include "util/url.hpp"

namespace gup::detail {
namespace {

constexpr std::string_view advertisement_path = "/info/refs?service=git-upload-pack";
constexpr std::string_view upload_pack = "/git-upload-pack";
constexpr std::string_view advertisement_type = "application/x-git-upload-pack-advertisement";
constexpr std::string_view result_type = "application/x-git-upload-pack-result";
// Some servers answer git and other clients differently at the same URL.
constexpr std::string_view user_agent = "User-Agent: git/2.0 (gup-agent)";
constexpr int attempts_at_most = 10;
constexpr std::size_t remark_limit = 4096;
constexpr std::size_t drained_at_most = 65536;
constexpr std::size_t remark_shown = 200;

std::string without_slashes(std::string text) {
    while (text.ends_with('/')) text.pop_back();
    return text;
}

// If both are on the same host, they use the same credentials.
bool same_host(const std::string& a, const std::string& b) {
    const auto first = parse_url(a);
    const auto second = parse_url(b);
    return first.ok() && second.ok() && first->scheme == second->scheme && first->host == second->host &&
           first->port == second->port;
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

std::string_view refusal_hint(int status, bool tried_any) {
    switch (status) {
        case 401:
        case 403:
            return tried_any ? "the credentials were refused: put new ones into the remote's URL, ~/.netrc or a git "
                               "credential helper"
                             : "it needs a user and a password or token: in the remote's URL, in ~/.netrc, or from a "
                               "git credential helper";
        case 404:
        case 410:
            return "check the URL; a private repository also answers this without access rights";
        case 407:
            return "the proxy needs a user and a password in http.proxy";
        case 429:
            return "too many requests: it will be tried again later";
        default:
            return status / 100 == 3 ? "set the remote's URL to the new address" : "";
    }
}

Error refusal(const std::string& url, const HttpHead& head, const std::string& remark, bool tried_any) {
    Error error = refusal_of(head, url).with_hint(refusal_hint(head.status, tried_any));
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
    GUP_TRY(const Url parsed, parse_url(url));
    base_ = without_slashes(parsed.without_credentials());
    status_ = 0;
    sent_.reset();
    credentials_.emplace(parsed, user_, folder_, *config_);
    return {};
}

// Only the first exchange follows redirects, unless http.followRedirects says otherwise.
void HttpSession::set_redirects(Exchange exchange, HttpRequest& request) const {
    const std::string follow = config_->value_for("http", "followredirects", base_);
    const bool initial = follow.empty() || follow == "initial";
    const bool all = !initial && config_->flag_for("http", "followredirects", base_, false);
    request.follow_redirects = all || (initial && exchange == Exchange::advertise);
}

HttpRequest HttpSession::make_request(Exchange exchange, const std::string& body) const {
    HttpRequest request;
    request.headers = {std::string(user_agent), "Accept-Encoding: deflate, gzip"};
    if (exchange == Exchange::advertise) {
        request.url = base_ + std::string(advertisement_path);
        request.headers.emplace_back("Pragma: no-cache");
    } else {
        request.method = "POST";
        request.url = base_ + std::string(upload_pack);
        request.headers.emplace_back("Content-Type: application/x-git-upload-pack-request");
        request.headers.emplace_back("Accept: " + std::string(result_type));
        request.body = body;
    }
    if (protocol_ == Protocol::v2) request.headers.emplace_back("Git-Protocol: version=2");
    set_redirects(exchange, request);
    for (std::string& line : config_->values_for("http", "extraheader", base_)) {
        request.headers.push_back(std::move(line));
    }
    set_network(*config_, base_, request);
    credentials_->apply(request);
    return request;
}

// From now on the remote is the target of the redirects; headers for the old host are not sent to it.
HttpSession::Place HttpSession::rebase(const std::string& base) {
    const std::string old = std::exchange(base_, base);
    if (same_host(old, base_)) return Place::same_host;
    if (const auto parsed = parse_url(base_); parsed.ok()) {
        credentials_.emplace(*parsed, user_, folder_, *config_);
    }
    return Place::other_host;
}

Result<HttpSession::Place> HttpSession::adopt(const HttpHead& head) {
    const std::string asked = base_ + std::string(advertisement_path);
    if (head.effective_url.empty() || head.effective_url == asked) return Place::same_host;
    if (!head.effective_url.ends_with(advertisement_path)) {
        if (head.status != 200) return Place::same_host;
        return Error{ErrorCode::protocol,
                     fmt::format("{} redirects to {}, which is not a git repository", base_,
                                 head.effective_url.substr(0, head.effective_url.find('?'))),
                     "check that the URL is that of a repository; a login page also answers this"};
    }
    const std::string base = head.effective_url.substr(0, head.effective_url.size() - advertisement_path.size());
    if (base == base_) return Place::same_host;
    log::debug("", fmt::format("{} is now at {}", base_, base));
    return rebase(base);
}

Status HttpSession::check_answer(Exchange exchange, const HttpHead& head) const {
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

Result<std::unique_ptr<HttpStream>> HttpSession::start(Exchange exchange, const std::string& body) const {
    const auto& pool = transport_settings().http;
    if (!pool) return Error{ErrorCode::failed, "there is no HTTP pool", {}};
    return pool->start(make_request(exchange, body));
}

Result<std::unique_ptr<HttpStream>> HttpSession::perform(Exchange exchange, const std::string& body) {
    for (int attempt = 1;; ++attempt) {
        const std::string_view path = exchange == Exchange::advertise ? advertisement_path : upload_pack;
        const std::string shown = base_ + std::string(path.substr(0, path.find('?')));
        status_ = 0;
        std::unique_ptr<HttpStream> stream = std::move(sent_);
        if (!stream) {
            GUP_TRY(stream, start(exchange, body));
        }
        GUP_TRY(const HttpHead head, stream->head());
        status_ = head.status;
        Place place = Place::same_host;
        if (exchange == Exchange::advertise) {
            GUP_TRY(place, adopt(head));
        }
        if (head.status == 200) {
            GUP_CHECK(check_answer(exchange, head));
            credentials_->accepted();
            return stream;
        }
        if (head.status == 401 || head.status == 403) {
            // The sent credentials were for another host; those for this host have not been sent yet.
            if (place == Place::other_host && attempt < attempts_at_most) continue;
            using Forget = CredentialChain::Forget;
            GUP_TRY(const bool again, credentials_->next(head.status == 401 ? Forget::yes : Forget::no));
            if (again) continue;
        }
        return refusal(shown, head, remark_of(*stream, head), credentials_->tried_any());
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
