#include "source/remote/credentials.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <map>
#include <mutex>

#include "source/remote/netrc.hpp"
#include "util/log/log.hpp"
#include "util/process/process.hpp"
#include "util/text.hpp"

namespace gup::detail {
namespace {

constexpr Milliseconds helper_timeout{60'000};

struct Cache {
    std::mutex mutex;
    std::map<std::string, HttpCredentials> accepted;
};

Cache& cache() {
    static Cache storage;
    return storage;
}

// With the rights of the connector's owner.
HttpCredentials ask_netrc(const fs::path& home, const std::string& host, const std::string& user) {
    constexpr std::uint64_t limit = 1U << 20U;
    if (home.empty()) return {};
    const auto text = read_file(home / ".netrc", limit);
    return text.ok() ? find_in_netrc(*text, host, user).value_or(HttpCredentials{}) : HttpCredentials{};
}

ProcessRequest helper_process(const GitUser& user, const fs::path& folder, std::string_view act) {
    ProcessRequest request;
    request.argv = {"git", "credential", std::string(act)};
    request.set_env = {{"HOME", user.home.string()}, {"GIT_CONFIG_SYSTEM", user.system_config.string()},
                       {"GIT_TERMINAL_PROMPT", "0"}, {"GIT_ASKPASS", ""},
                       {"GCM_INTERACTIVE", "never"}, {"LC_ALL", "C"}};
    request.unset_env = {"SSH_ASKPASS", "XDG_CONFIG_HOME", "GIT_CONFIG_GLOBAL",
                         "GIT_DIR",     "GIT_WORK_TREE",   "GIT_INDEX_FILE"};
    request.folder = folder;
    request.timeout = helper_timeout;
    return request;
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
}

CredentialChain::CredentialChain(const Url& url, const GitUser& user, fs::path folder, const RemoteConfig& config)
    : user_(user), folder_(std::move(folder)) {
    name_ = url.host;
    wanted_.protocol = url.scheme;
    wanted_.host = url.host.find(':') == std::string::npos ? url.host : "[" + url.host + "]";
    if (url.port != 0) wanted_.host += fmt::format(":{}", url.port);
    wanted_.path = url.path.starts_with('/') ? url.path.substr(1) : url.path;
    wanted_.credentials.user = url.user;
    const std::string plain = url.without_credentials();
    has_helper_ = !config.values_for("credential", "helper", plain).empty();
    use_path_ = config.flag_for("credential", "usehttppath", plain, false);
    if (wanted_.credentials.user.empty()) wanted_.credentials.user = config.value_for("credential", "username", plain);

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
    tried_any_ = tried_any_ || !is_empty(current_);
}

void CredentialChain::apply(HttpRequest& request) const {
    request.credentials = current_;
}

Result<bool> CredentialChain::next(Forget forget) {
    if (stage_ == Stage::cache && forget == Forget::yes) {
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
    if (stage_ == Stage::helper && forget == Forget::yes) tell_helper("reject");
    use(Stage::none, {});
    return false;
}

Result<bool> CredentialChain::ask_helper() {
    CredentialDescription question = wanted_;
    question.credentials.password = Secret{};
    ProcessRequest request = helper_process(user_, folder_, "fill");
    GUP_TRY(request.input, format_credentials(question));
    const auto answer = run_process(request);
    if (!answer.ok()) {
        if (answer.error().code == ErrorCode::cancelled) return answer.error();
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
