// SPDX-License-Identifier: Apache-2.0
// Detached signatures as minisign makes them (https://jedisct1.github.io/minisign/, "Signature format"): Ed25519 over
// the content or, what minisign does by default, over its BLAKE2b-512 hash; and a second signature over the first one
// and the trusted comment.
#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>

#include "util/result.hpp"
#include "util/sys/file.hpp"

namespace gup {

struct MinisignKey {
    std::array<unsigned char, 8> id{};
    std::array<unsigned char, 32> key{};

    friend bool operator==(const MinisignKey&, const MinisignKey&) = default;
};

// A public key: the line that begins with RW, or a .pub file (an untrusted comment above that line). Fails with
// invalid_input; for a secret key the message says so.
[[nodiscard]] Result<MinisignKey> parse_minisign_key(std::string_view text);

// A key's id as minisign shows it: sixteen hexadecimal digits.
[[nodiscard]] std::string display_key_id(const std::array<unsigned char, 8>& id);

// Verifies that one of `keys` made `signature` (the content of a .minisig file) over `content`. Returns the trusted
// comment. Fails with invalid_input (not a minisign signature), not_found (made by another key) and authentication (a
// signature by one of `keys` that does not match).
[[nodiscard]] Result<std::string> verify_minisign(std::string_view content, std::string_view signature,
                                                  std::span<const MinisignKey> keys);

struct TrustedComment {
    std::string text;
    std::string key;        // the id of the key that signed it, as minisign shows it
    std::string signature;  // of the content: the same only for the same content and key
};

// The trusted comment of `signature`, verified before the content is there: that one of `keys` signed this comment together
// with a signature over some content. Fails as verify_minisign does.
[[nodiscard]] Result<TrustedComment> verify_minisign_comment(std::string_view signature,
                                                             std::span<const MinisignKey> keys);

// verify_minisign for a file's content, read in pieces. Fails also as open(2) and read(2) do, and with unsupported for a
// signature over the content itself (`minisign -S -l`), which would need the whole content in memory.
[[nodiscard]] Result<std::string> verify_minisign_file(const fs::path& path, std::string_view signature,
                                                       std::span<const MinisignKey> keys);

}  // namespace gup
