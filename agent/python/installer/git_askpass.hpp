// Credentials of git requirements, kept out of the arguments of the git processes that pip and uv start.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "util/secret.hpp"

namespace gup {

struct GitCredential {
    std::string place;  // as git asks for it: "https://host[:port]"
    std::string user;
    Secret password;
};

// A URL as it may stand in a requirement file, and what was taken out of it.
struct CleanUrl {
    std::string url;
    std::vector<GitCredential> credentials;  // none or one
};

// Takes the password out of an http or https URL, and a user that stands alone (a token). Others stay as they are.
[[nodiscard]] CleanUrl without_password(std::string_view url);

// A shell script for GIT_ASKPASS that answers git's questions for these places and no other.
[[nodiscard]] std::string askpass_script(const std::vector<GitCredential>& credentials);

}  // namespace gup
