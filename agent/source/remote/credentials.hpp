// Credentials for an HTTP remote: the URL's user and password, then the owner's ~/.netrc, then git's credential
// helpers. When the URL or credential.username names a user, credentials of another user are never sent.
#pragma once

#include <string>
#include <string_view>

#include "source/remote/context.hpp"
#include "util/http/http.hpp"
#include "util/result.hpp"
#include "util/url.hpp"

namespace gup::detail {

// Git's message to a helper: protocol, host, path, user, password, one per line.
struct CredentialDescription {
    std::string protocol;
    std::string host;  // with the port, if one is given
    std::string path;  // without its leading slash
    HttpCredentials credentials;
};

// The credentials for one remote, to be tried one after another.
class CredentialChain {
public:
    // `url`: the remote's, with its credentials. `folder`: where git finds its configuration.
    CredentialChain(const Url& url, const GitUser& user, fs::path folder, const RemoteConfig& config);

    // Adds the credentials to try now to the request.
    void apply(HttpRequest& request) const;
    // The server refused the applied credentials. Returns true if there are others to try. `forget`: the credentials
    // were wrong (401), and not only too weak (403): their helper is told. Fails when the search is cancelled.
    enum class Forget : bool { no, yes };
    [[nodiscard]] Result<bool> next(Forget forget);
    // The server accepted the applied credentials: this process and their helper remember them.
    void accepted();

    // True if any were sent; for the message.
    [[nodiscard]] bool tried_any() const noexcept { return tried_any_; }

private:
    enum class Stage : std::uint8_t { url, cache, netrc, helper, user_only, none };

    void use(Stage stage, HttpCredentials credentials);
    [[nodiscard]] bool use_cache();
    void use_netrc();
    [[nodiscard]] Result<bool> ask_helper();
    void tell_helper(std::string_view act);
    [[nodiscard]] std::string cache_key() const;

    GitUser user_;
    fs::path folder_;
    std::string name_;  // the host's, without port and brackets
    CredentialDescription wanted_;
    bool has_helper_ = false;
    bool use_path_ = false;
    Stage stage_ = Stage::none;
    HttpCredentials current_;
    bool tried_any_ = false;
    bool tried_cache_ = false;
    bool told_helper_ = false;
};

// Drops what the process remembers; for tests.
void forget_cached_credentials();

// The lines for a helper; invalid_input when a value has a line break, which would be taken for another line.
[[nodiscard]] Result<std::string> format_credentials(const CredentialDescription& description);
// The user and password that a helper answered.
[[nodiscard]] HttpCredentials parse_credentials(std::string_view text);

}  // namespace gup::detail
