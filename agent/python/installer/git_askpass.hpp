// SPDX-License-Identifier: Apache-2.0
// Credentials of git requirements, kept out of the arguments of the git processes that pip and uv start.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "util/secret.hpp"

namespace gup {

struct GitCredential {
    std::string place;  // in the form of git's question: "https://host[:port]"
    std::string user;
    Secret password;
};

// A URL for a requirement file, and the credentials that were removed from it.
struct CleanUrl {
    std::string url;
    std::vector<GitCredential> credentials;  // none or one
};

// Removes the password from an http or https URL, or a user without a password (a token). Other URLs stay unchanged.
[[nodiscard]] CleanUrl without_password(std::string_view url);

// A shell script for GIT_ASKPASS that answers git's questions only for these places.
[[nodiscard]] std::string askpass_script(const std::vector<GitCredential>& credentials);

}  // namespace gup
