// SPDX-License-Identifier: Apache-2.0
#include "source/registry/registry_token.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "util/clock.hpp"
#include "util/json.hpp"
#include "util/text.hpp"
#include "util/url.hpp"

namespace gup {
namespace detail {
namespace {

constexpr std::uint64_t longest_token_answer = 1U << 20U;
constexpr std::int64_t shortest_life = 60;  // seconds; also when the server does not tell
constexpr Milliseconds token_margin{5'000};

struct KnownToken {
    Secret token;
    Milliseconds until{0};
};

struct RegistryMemory {
    std::mutex mutex;
    std::map<std::string, KnownToken> tokens;
    std::map<std::string, Challenge> challenges;  // by host
    std::set<std::string> clear_hosts;
};

RegistryMemory& registry_memory() {
    static RegistryMemory memory;
    return memory;
}

std::string scope_of(const TokenWish& wish) {
    return fmt::format("repository:{}:pull", wish.place.repository);
}

std::string token_key(const Challenge& challenge, const TokenWish& wish) {
    return fmt::format("{}\n{}\n{}\n{}\n{}", challenge.parameter("realm"), challenge.parameter("service"),
                       scope_of(wish), wish.login.from, wish.login.credentials.user);
}

std::optional<Secret> known_token(const std::string& key) {
    RegistryMemory& memory = registry_memory();
    const std::scoped_lock lock(memory.mutex);
    const auto found = memory.tokens.find(key);
    if (found == memory.tokens.end() || found->second.until < system_clock().monotonic()) return std::nullopt;
    return found->second.token;
}

// With the identity token by POST (OAuth 2), else by GET.
HttpRequest token_request(const Challenge& challenge, const TokenWish& wish) {
    const std::string service = percent_encoded(challenge.parameter("service"));
    const std::string scope = percent_encoded(scope_of(wish));
    HttpRequest request;
    request.url = challenge.parameter("realm");
    request.verify_peer = wish.is_secure;
    if (!wish.login.identity_token.empty()) {
        request.method = "POST";
        request.headers.emplace_back("Content-Type: application/x-www-form-urlencoded");
        request.body = fmt::format("grant_type=refresh_token&client_id=gup-agent&service={}&scope={}&refresh_token={}",
                                   service, scope, percent_encoded(wish.login.identity_token.reveal()));
        request.follow_redirects = false;
        return request;
    }
    request.url += contains(request.url, "?") ? "&" : "?";
    if (!service.empty()) request.url += fmt::format("service={}&", service);
    request.url += "scope=" + scope;
    request.credentials = wish.login.credentials;
    return request;
}

Status check_realm(const Challenge& challenge, const TokenWish& wish) {
    const std::string realm = challenge.parameter("realm");
    const auto url = parse_url(realm);
    const bool is_http = url.ok() && (url->scheme == "https" || url->scheme == "http");
    if (!is_http) {
        return Error{ErrorCode::protocol, fmt::format("{} names no server for its tokens", wish.place.registry), {}};
    }
    if (url->scheme == "https" || !wish.is_secure) return {};
    return Error{ErrorCode::protocol,
                 fmt::format("{} wants tokens from {}, which has no TLS", wish.place.registry, mask_secrets(realm)),
                 "a password is not sent in clear text"};
}

Error refused_token(const HttpHead& head, const TokenWish& wish, const std::string& realm) {
    const bool is_refused = head.status == 400 || head.status == 401 || head.status == 403;
    if (!is_refused || wish.login.empty()) return refusal_of(head, mask_secrets(realm));
    return {ErrorCode::authentication,
            fmt::format("{} refuses the login from {}", wish.place.registry, wish.login.from),
            {}};
}

Result<KnownToken> token_from(std::string_view body, const TokenWish& wish) {
    const auto answer = parse_json(body);
    std::string token = answer.ok() ? text_member(*answer, "token") : std::string();
    if (token.empty() && answer.ok()) token = text_member(*answer, "access_token");
    const bool is_header = !token.empty() && token.find_first_of("\r\n") == std::string::npos;
    if (!is_header)
        return Error{ErrorCode::protocol, fmt::format("{}: its answer has no token", wish.place.registry), {}};
    const std::int64_t life = std::max(shortest_life, number_member(*answer, "expires_in"));
    constexpr std::int64_t longest_life = 24 * 3600;
    return KnownToken{Secret(std::move(token)),
                      system_clock().monotonic() + Milliseconds{std::min(life, longest_life) * 1000} - token_margin};
}

}  // namespace

Result<Secret> ask_token(const Challenge& challenge, const TokenWish& wish, HttpPool& pool) {
    GUP_CHECK(check_realm(challenge, wish));
    const std::string key = token_key(challenge, wish);
    if (auto known = known_token(key)) return *std::move(known);
    const auto stream = pool.start(token_request(challenge, wish));
    GUP_TRY(const HttpHead head, stream->head());
    if (head.status != 200) return refused_token(head, wish, challenge.parameter("realm"));
    GUP_TRY(const std::string body, stream->read_all(longest_token_answer));
    GUP_TRY(KnownToken token, token_from(body, wish));
    RegistryMemory& memory = registry_memory();
    const std::scoped_lock lock(memory.mutex);
    memory.tokens.insert_or_assign(key, token);
    return token.token;
}

std::optional<Challenge> known_challenge(const RegistryPlace& place) {
    RegistryMemory& memory = registry_memory();
    const std::scoped_lock lock(memory.mutex);
    const auto found = memory.challenges.find(place.host());
    return found == memory.challenges.end() ? std::nullopt : std::optional(found->second);
}

void remember_challenge(const RegistryPlace& place, const Challenge& challenge) {
    RegistryMemory& memory = registry_memory();
    const std::scoped_lock lock(memory.mutex);
    memory.challenges.insert_or_assign(place.host(), challenge);
}

bool is_known_clear(const RegistryPlace& place) {
    RegistryMemory& memory = registry_memory();
    const std::scoped_lock lock(memory.mutex);
    return memory.clear_hosts.contains(place.host());
}

void remember_clear(const RegistryPlace& place) {
    RegistryMemory& memory = registry_memory();
    const std::scoped_lock lock(memory.mutex);
    memory.clear_hosts.insert(place.host());
}

void forget_token(const Challenge& challenge, const TokenWish& wish) {
    RegistryMemory& memory = registry_memory();
    const std::scoped_lock lock(memory.mutex);
    memory.tokens.erase(token_key(challenge, wish));
}

}  // namespace detail

void forget_registry_tokens() {
    detail::RegistryMemory& memory = detail::registry_memory();
    const std::scoped_lock lock(memory.mutex);
    memory.tokens.clear();
    memory.challenges.clear();
    memory.clear_hosts.clear();
}

}  // namespace gup
