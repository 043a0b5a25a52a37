// Who we are to an HTTP remote: the URL's user and password, then the owner's ~/.netrc, then git's credential helpers.
#pragma once

#include <string>
#include <string_view>

#include "source/remote/context.hpp"
#include "util/http/http.hpp"
#include "util/result.hpp"
#include "util/url.hpp"

namespace gup::detail {

// What git says to a helper: protocol, host, path, user, password, one a line.
struct CredentialDescription {
    std::string protocol;
    std::string host;  // with the port, if one is given
    std::string path;  // without its leading slash
    HttpCredentials credentials;
};

// The credentials for one remote, to be tried one after another.
class CredentialChain {
public:
    // `url`: the remote's, with the credentials that it has. `folder`: where git finds the configuration that counts.
    CredentialChain(const Url& url, const GitUser& user, fs::path folder, const RemoteConfig& config);

    // Puts what is to be tried now into the request.
    void apply(HttpRequest& request) const;
    // The server refused what was applied. True when there is something else to try. `forget`: the credentials were
    // wrong (401), and not only too weak (403): who stored them is told. Fails when the search is ended (cancelled).
    enum class Forget : bool { no, yes };
    [[nodiscard]] Result<bool> next(Forget forget);
    // The server accepted what was applied: it is remembered for this process, and by the helper it came from.
    void accepted();

    // Whether any were sent; for the message.
    [[nodiscard]] bool tried_any() const noexcept { return tried_any_; }

private:
    enum class Stage : std::uint8_t { url, cache, netrc, helper, user_only, none };

    void use(Stage stage, HttpCredentials credentials);
    [[nodiscard]] bool use_cache();
    [[nodiscard]] Result<bool> ask_helper();
    void tell_helper(std::string_view act);
    [[nodiscard]] std::string cache_key() const;

    GitUser user_;
    fs::path folder_;
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
