// SPDX-License-Identifier: Apache-2.0
// URLs of remotes (RFC 3986, and git's scp-like form user@host:path), and the masking of secrets.
#pragma once

#include <string>
#include <string_view>

#include "util/result.hpp"
#include "util/secret.hpp"

namespace gup {

struct Url {
    std::string scheme;  // lower case: "https", "http", "ssh", "git", "file"; scp-like gives "ssh"
    std::string user;    // decoded; empty when there is none
    Secret password;     // decoded; empty when there is none
    std::string host;    // lower case, IPv6 without brackets
    int port = 0;        // 0: the scheme's default
    // With its leading slash, except in the scp-like form where it may be relative. Of a file: decoded.
    std::string path;
    std::string query;     // without '?'
    std::string fragment;  // without '#'
    bool scp_like = false;

    // scheme://host[:port]path — without user, password, query and fragment: for requests and logs.
    [[nodiscard]] std::string without_credentials() const;
    // The same with the user, which may be secret: for settings of git that are for a user's URLs.
    [[nodiscard]] std::string with_user() const;
};

// Parses an absolute URL, the scp-like form, or an absolute path (scheme "file").
// Fails with invalid_input for anything else.
[[nodiscard]] Result<Url> parse_url(std::string_view text);

// The path of a file:// URL as git reads it: a host is not looked at, %20 is a space, and ? and # belong to the path.
// Empty for every other URL.
[[nodiscard]] std::string path_of_file_url(std::string_view url);

// `text` with every password in a URL (`//user:password@host`, and a lone `//token@host` on http/https) replaced by
// `***`, anywhere in the text. Every message that quotes a remote or a child process uses it.
[[nodiscard]] std::string mask_secrets(std::string_view text);

// Its port, or that of its scheme; 0: not known.
[[nodiscard]] int port_of(const Url& url);

// Whether both have the same scheme, host and port.
[[nodiscard]] bool same_server(const Url& a, const Url& b);

// Whether two git URLs name the same repository: without credentials, a trailing ".git" or slash,
// case of scheme and host, and default port.
[[nodiscard]] bool same_repository(std::string_view a, std::string_view b);

}  // namespace gup
