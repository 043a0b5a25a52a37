// SPDX-License-Identifier: Apache-2.0
// A signature and a key of minisign. The input's first line break parts it in two.
#include "util/crypto/minisign.hpp"

#include "fuzz.hpp"

void gup::fuzz::take(std::string_view input) {
    const std::size_t end = input.find('\n');
    const std::string_view first = input.substr(0, end);
    const Result<MinisignKey> key = parse_minisign_key(first);
    const MinisignKey keys[] = {key ? *key : MinisignKey{}};
    if (key) (void)display_key_id(key->id);
    if (end != std::string_view::npos) {
        check(!verify_minisign("content", input.substr(end + 1), keys), "nobody has the secret key of that public key");
    }
}
