// SPDX-License-Identifier: Apache-2.0
#include "source/remote/credentials.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <set>

#include "source/remote/git_program.hpp"
#include "source/remote/netrc.hpp"
#include "util/log/log.hpp"
#include "util/process/process.hpp"
#include "util/text.hpp"

namespace gup::detail {
namespace {

struct Cache {
    std::mutex mutex;
    std::map<std::string, HttpCredentials> accepted;
    std::map<std::string, HttpAuth> ways;  // to log in to a server
    std::set<std::string> silent;          // helpers that did not answer in time
};

Cache& cache() {
    static Cache storage;
    return storage;
}

std::optional<HttpAuth> known_way(const std::string& server) {
    const std::scoped_lock lock(cache().mutex);
    const auto found = cache().ways.find(server);
    return found == cache().ways.end() ? std::nullopt : std::optional(found->second);
}

// A person may need a while for a hardware token, but nobody is there at night.
Milliseconds helper_timeout() {
    return transport_settings().connect_timeout * 3;
}

// With the rights of the connector's owner.
HttpCredentials ask_netrc(const fs::path& home, const std::string& host, const std::string& user) {
    constexpr std::uint64_t limit = 1U << 20U;
    if (home.empty()) return {};
    const auto text = read_file(home / ".netrc", limit);
    return text.ok() ? find_in_netrc(*text, host, user).value_or(HttpCredentials{}) : HttpCredentials{};
}

// `git credential` asks the helpers, then the askpass program; never a terminal.
ProcessRequest helper_process(const GitUser& user, const fs::path& folder, std::string_view act) {
    ProcessRequest request = git_program(user, {"credential", std::string(act)});
    request.set_env.emplace_back("GCM_INTERACTIVE", "never");
    request.folder = folder;
    request.timeout = helper_timeout();
    return request;
}

// In git's order: the first that is set is asked, and an empty one is nobody.
bool has_askpass(const RemoteConfig& config) {
    if (const auto program = config.variable("GIT_ASKPASS")) return !program->empty();
    if (const std::string program = config.value("core.askpass"); !program.empty()) return true;
    return !config.variable("SSH_ASKPASS").value_or("").empty();
}

bool is_empty(const HttpCredentials& credentials) {
    return credentials.user.empty() && credentials.password.empty();
}

}  // namespace

Result<std::string> format_credentials(const CredentialDescription& description) {
    std::string text;
    const auto add = [&text](std::string_view key, const std::string& value) {
        if (value.find_first_of(std::string_view("\n\r\0", 3)) != std::string::npos) return false;
        if (!value.empty()) text.append(key).append("=").append(value).append("\n");
        return true;
    };
    if (!add("protocol", description.protocol) || !add("host", description.host) || !add("path", description.path) ||
        !add("username", description.credentials.user) || !add("password", description.credentials.password.reveal())) {
        return Error{ErrorCode::invalid_input, "the URL of a remote contains a line break", {}};
    }
    return text + "\n";
}

HttpCredentials parse_credentials(std::string_view text) {
    HttpCredentials credentials;
    while (!text.empty()) {
        const std::string_view line = take_until(text, '\n');
        if (line.starts_with("username=")) credentials.user = line.substr(9);
        if (line.starts_with("password=")) credentials.password = Secret(std::string(line.substr(9)));
    }
    return credentials;
}

void forget_cached_credentials() {
    const std::scoped_lock lock(cache().mutex);
    cache().accepted.clear();
    cache().ways.clear();
    cache().silent.clear();
}

std::vector<std::string> offered_schemes(const HttpHead& refusal) {
    std::vector<std::string> schemes;
    for (const auto& [name, value] : refusal.headers) {
        if (name != "www-authenticate") continue;
        // "Basic realm="a, b", Digest realm=…": a word that is not followed by "=" begins a challenge.
        std::string_view rest = value;
        while (!rest.empty()) {
            rest = trimmed(rest);
            const auto end = std::min(rest.find_first_of(" ,=\""), rest.size());
            const std::string_view word = rest.substr(0, end);
            rest.remove_prefix(end);
            const std::string_view after = trimmed(rest);
            if (!word.empty() && !after.starts_with('=')) schemes.emplace_back(word);
            if (rest.empty()) break;
            if (rest.front() == '"') {
                const auto close = rest.find('"', 1);
                rest.remove_prefix(close == std::string_view::npos ? rest.size() : close + 1);
            } else {
                rest.remove_prefix(1);
            }
        }
    }
    return schemes;
}

CredentialChain::CredentialChain(const Url& url, const GitUser& user, fs::path folder, const RemoteConfig& config,
                                 Unasked unasked)
    : user_(user), folder_(std::move(folder)), unasked_(unasked) {
    name_ = url.host;
    wanted_.protocol = url.scheme;
    wanted_.host = url.host.find(':') == std::string::npos ? url.host : "[" + url.host + "]";
    if (url.port != 0) wanted_.host += fmt::format(":{}", url.port);
    wanted_.path = url.path.starts_with('/') ? url.path.substr(1) : url.path;
    wanted_.credentials.user = url.user;
    const std::string plain = url.with_user();
    has_helper_ = !config.values_for("credential", "helper", plain).empty() || has_askpass(config);
    use_path_ = config.flag_for("credential", "usehttppath", plain, false);
    if (wanted_.credentials.user.empty()) wanted_.credentials.user = config.last_for("credential", "username", plain);

    if (!url.password.empty()) {
        use(Stage::url, {url.user, url.password});
        return;
    }
    if (!use_cache()) use_netrc();
}

void CredentialChain::use_netrc() {
    use(Stage::netrc, ask_netrc(user_.home, name_, wanted_.credentials.user));
}

bool CredentialChain::use_cache() {
    const std::scoped_lock lock(cache().mutex);
    const auto found = cache().accepted.find(cache_key());
    if (found == cache().accepted.end()) return false;
    tried_cache_ = true;
    use(Stage::cache, found->second);
    return true;
}

std::string CredentialChain::cache_key() const {
    // Not only the home: several users may have the same, for example / or /nonexistent.
    return fmt::format("{}\n{}\n{}\n{}\n{}\n{}", ::geteuid(), user_.home.string(), wanted_.protocol, wanted_.host,
                       wanted_.credentials.user, use_path_ ? wanted_.path : std::string());
}

void CredentialChain::use(Stage stage, HttpCredentials credentials) {
    stage_ = stage;
    current_ = std::move(credentials);
}

void CredentialChain::apply(HttpRequest& request) {
    const auto way = known_way(server());
    const bool waits = !way && unasked_ == Unasked::never_in_clear && wanted_.protocol == "http";
    sent_as_.reset();
    request.credentials = {};
    if (is_empty(current_) || waits) return;
    sent_as_ = way.value_or(HttpAuth::basic);
    request.credentials = current_;
    request.auth = *sent_as_;
    tried_any_ = true;
}

// Which way the server wants. True if the same credentials are to be sent in that way now.
bool CredentialChain::learn(const HttpHead& refusal) {
    const auto schemes = offered_schemes(refusal);
    const auto offers = [&](std::string_view wanted) {
        return std::any_of(schemes.begin(), schemes.end(),
                           [&](const std::string& one) { return equals_ignoring_case(one, wanted); });
    };
    if (!schemes.empty() && !offers("Basic") && !offers("Digest")) {
        not_supported_ = fmt::format("{}", fmt::join(schemes, ", "));
        return false;
    }
    const HttpAuth way =
        offers("Digest") && (sent_as_ != HttpAuth::basic || !offers("Basic")) ? HttpAuth::digest : HttpAuth::basic;
    {
        const std::scoped_lock lock(cache().mutex);
        cache().ways[server()] = way;
    }
    return !is_empty(current_) && sent_as_ != way;
}

Result<bool> CredentialChain::next(const HttpHead& refusal) {
    const bool is_wrong = refusal.status == 401;
    if (is_wrong && learn(refusal)) return true;
    if (!not_supported_.empty()) return false;
    if (stage_ == Stage::cache && is_wrong) {
        const std::scoped_lock lock(cache().mutex);
        cache().accepted.erase(cache_key());
    }
    if (stage_ == Stage::url || stage_ == Stage::cache) {
        use_netrc();
        return true;
    }
    if (stage_ == Stage::netrc) {
        // Another connector may have got an answer since this request was sent.
        if (!tried_cache_ && use_cache()) return true;
        if (has_helper_) {
            GUP_TRY(const bool found, ask_helper());
            if (found) return true;
        }
        // "https://token@host": the user alone may be the token.
        if (!wanted_.credentials.user.empty()) {
            use(Stage::user_only, {wanted_.credentials.user, Secret{}});
            return true;
        }
    }
    if (stage_ == Stage::helper && is_wrong) tell_helper("reject");
    use(Stage::none, {});
    return false;
}

Result<bool> CredentialChain::ask_helper() {
    CredentialDescription question = wanted_;
    question.credentials.password = Secret{};
    {
        const std::scoped_lock lock(cache().mutex);
        is_helper_silent_ = cache().silent.count(cache_key()) > 0;
    }
    if (is_helper_silent_) return false;
    ProcessRequest request = helper_process(user_, folder_, "fill");
    GUP_TRY(request.input, format_credentials(question));
    const auto answer = run_process(request);
    if (!answer.ok()) {
        if (answer.error().code == ErrorCode::cancelled) return answer.error();
        is_helper_silent_ = answer.error().code == ErrorCode::timeout;
        if (is_helper_silent_) {
            const std::scoped_lock lock(cache().mutex);
            cache().silent.insert(cache_key());
        }
        log::debug("", "git credential fill: " + answer.error().message);
        return false;
    }
    if (!answer->success()) {
        log::debug("", fmt::format("git credential fill has nothing for {}", wanted_.host));
        return false;
    }
    HttpCredentials found = parse_credentials(answer->out);
    if (is_empty(found)) return false;
    const std::string& user = wanted_.credentials.user;
    if (found.user.empty()) found.user = user;
    if (!user.empty() && found.user != user) {
        log::debug("", fmt::format("git credential fill answered for another user of {}", wanted_.host));
        return false;
    }
    use(Stage::helper, std::move(found));
    return true;
}

Error CredentialChain::explained(Error error, int status, std::string_view places) const {
    if (status != 401 && status != 403) return error;
    if (!not_supported_.empty()) {
        error.message += fmt::format(": it wants a log-in by {}", not_supported_);
        error.hint =
            "the agent can log in by Basic and Digest; use a token that the server takes that way, "
            "http.extraHeader, or ssh";
        return error;
    }
    if (is_helper_silent_) {
        error.message += fmt::format(": the git credential helper (or askpass) did not answer within {} s",
                                     helper_timeout().count() / 1000);
        error.hint = "git credential fill there shows what it waits for; it is not asked again in this run";
        return error;
    }
    return error.with_hint(tried_any_ ? fmt::format("the credentials were refused: put new ones into {}", places)
                                      : fmt::format("it needs a user and a password or token: in {}", places));
}

void CredentialChain::tell_helper(std::string_view act) {
    CredentialDescription message = wanted_;
    message.credentials = current_;
    ProcessRequest request = helper_process(user_, folder_, act);
    auto input = format_credentials(message);
    if (!input.ok()) return;
    request.input = *std::move(input);
    if (const auto answer = run_process(request); !answer.ok() || !answer->success()) {
        log::debug("", fmt::format("git credential {} failed for {}", act, wanted_.host));
    }
}

void CredentialChain::accepted() {
    if (is_empty(current_)) return;
    if (stage_ == Stage::helper && !told_helper_) {
        told_helper_ = true;
        tell_helper("approve");
    }
    if (stage_ != Stage::helper && stage_ != Stage::user_only) return;
    const std::scoped_lock lock(cache().mutex);
    cache().accepted[cache_key()] = current_;
}

}  // namespace gup::detail
