// SPDX-License-Identifier: Apache-2.0
// git's smart HTTP with one remote: its URL, configuration, credentials and redirects. Shared by libgit2's transport
// and our own ls-refs.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "source/remote/config.hpp"
#include "source/remote/context.hpp"
#include "source/remote/credentials.hpp"
#include "util/http/http.hpp"
#include "util/result.hpp"
#include "util/url.hpp"

namespace gup::detail {

enum class Exchange : std::uint8_t { advertise, request };

class HttpSession {
public:
    // Forgets the remote of an earlier connection. Works for the current TransportScope. Requests Protocol::v2 only if
    // the user's protocol.version allows it.
    [[nodiscard]] Status begin(const std::string& url, Protocol protocol);
    // The same remote again after a failure. On any thread with the same user.
    [[nodiscard]] Status begin_again(const std::string& url);
    // Sends the first request of an exchange without waiting: the next perform() of the same exchange continues with
    // it.
    [[nodiscard]] Status send(Exchange exchange, const std::string& body);
    // One exchange, with as many requests as credentials and redirects need. The answer has status 200 and git's
    // content type; others fail.
    [[nodiscard]] Result<std::unique_ptr<HttpStream>> perform(Exchange exchange, const std::string& body);

    [[nodiscard]] Protocol protocol() const noexcept { return protocol_; }
    // Where the repository is now, without credentials.
    [[nodiscard]] const std::string& base() const noexcept { return base_; }
    // Of the last answer; 0 if there was none.
    [[nodiscard]] int status() const noexcept { return status_; }

private:
    [[nodiscard]] Result<std::unique_ptr<HttpStream>> start(Exchange exchange, const std::string& body);
    [[nodiscard]] HttpRequest make_request(Exchange exchange, const std::string& body);
    [[nodiscard]] bool follows(Exchange exchange) const;
    [[nodiscard]] Status move_to(const std::string& target, Exchange exchange);
    [[nodiscard]] Status return_to_base();
    void use_credentials_for(const Url& place);
    // The URL whose settings of git's configuration are for the next request.
    [[nodiscard]] std::string config_url() const;
    [[nodiscard]] std::string settings_url() const;
    [[nodiscard]] Status check_answer(Exchange exchange, const HttpHead& head) const;

    Url remote_;         // as configured, with its credentials
    Url home_;           // whose server gets the headers for all URLs
    std::string base_;   // without credentials and trailing slashes
    std::string place_;  // of the next request, after a redirect to what does not look like a repository; else empty
    Protocol protocol_ = Protocol::v0;
    int status_ = 0;
    GitUser user_;
    fs::path folder_;  // where git finds its configuration
    std::unique_ptr<HttpStream> sent_;
    std::optional<RemoteConfig> config_;
    std::optional<CredentialChain> credentials_;
};

// Reads the rest of an answer, if it is small: only a connection whose answer was read to the end serves the next
// request.
void drain_answer(HttpStream& answer);

}  // namespace gup::detail
