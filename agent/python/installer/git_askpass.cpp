// SPDX-License-Identifier: Apache-2.0
#include "python/installer/git_askpass.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "util/text.hpp"
#include "util/url.hpp"

namespace gup {
namespace {

std::string question(std::string_view what, const GitCredential& credential, std::string_view user) {
    const auto host = credential.place.find("//") + 2;
    return fmt::format("{} for '{}{}{}{}'", what, credential.place.substr(0, host), user, user.empty() ? "" : "@",
                       credential.place.substr(host));
}

}  // namespace

CleanUrl without_password(std::string_view url) {
    const auto parsed = parse_url(url);
    if (!parsed.ok() || (parsed->scheme != "https" && parsed->scheme != "http")) return {std::string(url), {}};
    if (parsed->user.empty() && parsed->password.empty()) return {std::string(url), {}};
    const auto authority = url.find("//") + 2;
    const auto end = std::min(url.find_first_of("/?#", authority), url.size());
    const auto at = url.substr(0, end).rfind('@');  // it is there: a user was parsed
    GitCredential credential{fmt::format("{}{}", url.substr(0, authority), url.substr(at + 1, end - at - 1)),
                             parsed->user, parsed->password};
    // With a password, the user is not a secret, and distinguishes two accounts on one host.
    const std::string user = parsed->password.empty() ? "" : percent_encoded(parsed->user) + "@";
    return {fmt::format("{}{}{}", url.substr(0, authority), user, url.substr(at + 1)), {std::move(credential)}};
}

std::string askpass_script(const std::vector<GitCredential>& credentials) {
    std::string script = "#!/bin/sh\ncase \"$1\" in\n";
    for (const GitCredential& credential : credentials) {
        const auto answer = [&](const std::string& asked, const std::string& text) {
            script += fmt::format("{}*) printf '%s\\n' {} ;;\n", shell_quoted(asked), shell_quoted(text));
        };
        answer(question("Password", credential, percent_encoded(credential.user)), credential.password.reveal());
        answer(question("Username", credential, ""), credential.user);
    }
    return script + "*) exit 1 ;;\nesac\n";
}

}  // namespace gup
