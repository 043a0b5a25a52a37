// SPDX-License-Identifier: Apache-2.0
// URLs of remotes, the masking of secrets, and which addresses are sources.
#include "util/url.hpp"

#include "core/declaration/source_address.hpp"
#include "fuzz.hpp"

void gup::fuzz::take(std::string_view input) {
    const std::string masked = mask_secrets(input);
    (void)parse_source(input);
    (void)check_git_url(std::string(input));
    const Result<Url> url = parse_url(input);
    if (!url) return;
    (void)port_of(*url);
    (void)same_repository(input, masked);
    check(url->password.empty() || url->password.reveal() == "***" || masked != input, "a password is masked");
}
