// SPDX-License-Identifier: Apache-2.0
// Credentials for an HTTP remote: the URL's user and password, then the owner's ~/.netrc, then git's credential
// helpers and the askpass program. When the URL or credential.username names a user, credentials of another user are
// never sent.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

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

// Whether credentials are sent to a server over http:// before it has said how it wants them. Git waits, so that no
// password goes in clear text to a server that takes only Digest.
enum class Unasked : bool { never_in_clear, always };

// The credentials for one remote, to be tried one after another.
class CredentialChain {
public:
    // `url`: the remote's, with its credentials. `folder`: where git finds its configuration.
    CredentialChain(const Url& url, const GitUser& user, fs::path folder, const RemoteConfig& config,
                    Unasked unasked = Unasked::never_in_clear);

    // Adds the credentials to try now to the request.
    void apply(HttpRequest& request);
    // The server refused the applied credentials (401: they are wrong, and their helper is told; 403: they are too weak).
    // Returns true if there are others to try, or another way to send them. Fails when the search is cancelled.
    [[nodiscard]] Result<bool> next(const HttpHead& refusal);
    // The server accepted the applied credentials: this process and their helper remember them.
    void accepted();

    // `error` of a 401 or 403 with what was found out, and with the way out. `places`: where credentials may be.
    [[nodiscard]] Error explained(Error error, int status, std::string_view places) const;

private:
    enum class Stage : std::uint8_t { url, cache, netrc, helper, user_only, none };

    void use(Stage stage, HttpCredentials credentials);
    [[nodiscard]] bool use_cache();
    void use_netrc();
    [[nodiscard]] bool learn(const HttpHead& refusal);
    [[nodiscard]] Result<bool> ask_helper();
    void tell_helper(std::string_view act);
    [[nodiscard]] std::string cache_key() const;
    [[nodiscard]] std::string server() const { return wanted_.protocol + "://" + wanted_.host; }

    GitUser user_;
    fs::path folder_;
    std::string name_;  // the host's, without port and brackets
    CredentialDescription wanted_;
    Unasked unasked_;
    bool has_helper_ = false;  // or an askpass program
    bool use_path_ = false;
    Stage stage_ = Stage::none;
    HttpCredentials current_;
    std::optional<HttpAuth> sent_as_;  // of the last request; nullopt: it had no credentials
    std::string not_supported_;        // the ways that the server offers, when none is known here
    bool is_helper_silent_ = false;
    bool tried_any_ = false;
    bool tried_cache_ = false;
    bool told_helper_ = false;
};

// The ways to log in that a refusal offers ("Basic", "Digest", "NTLM"), in its order.
[[nodiscard]] std::vector<std::string> offered_schemes(const HttpHead& refusal);

// Drops what the process remembers; for tests.
void forget_cached_credentials();

// The lines for a helper; invalid_input when a value has a line break, which would be taken for another line.
[[nodiscard]] Result<std::string> format_credentials(const CredentialDescription& description);
// The user and password that a helper answered.
[[nodiscard]] HttpCredentials parse_credentials(std::string_view text);

}  // namespace gup::detail
