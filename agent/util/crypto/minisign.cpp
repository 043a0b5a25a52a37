// SPDX-License-Identifier: Apache-2.0
#include "util/crypto/minisign.hpp"

#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>
#include <vector>

#include "util/text.hpp"

namespace gup {
namespace {

constexpr std::string_view untrusted = "untrusted comment:";
constexpr std::string_view trusted = "trusted comment: ";
constexpr std::size_t signature_size = 64;

using Bytes = std::vector<unsigned char>;

// The functions called here do not need sodium_init(): they use no random numbers, and only the portable code is built.
Bytes from_base64(std::string_view text) {
    if (text.empty()) return {};  // an empty vector has no address to write to
    Bytes bytes(text.size());
    std::size_t size = 0;
    const char* end = nullptr;
    if (::sodium_base642bin(bytes.data(), bytes.size(), text.data(), text.size(), nullptr, &size, &end,
                            sodium_base64_VARIANT_ORIGINAL) != 0 ||
        end != text.data() + text.size()) {
        return {};
    }
    bytes.resize(size);
    return bytes;
}

// Removes the first line from `text` and returns it without its line end.
std::string_view take_line(std::string_view& text) {
    std::string_view line = take_until(text, '\n');
    while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.remove_suffix(1);
    return line;
}

const unsigned char* bytes_of(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

struct Signature {
    bool prehashed = false;
    std::array<unsigned char, 8> id{};
    Bytes signature;
    std::string trusted_comment;
    Bytes global;  // over the signature and the trusted comment
};

Result<Signature> parse_signature(std::string_view text) {
    const auto wrong = [](const char* why) {
        return Error{ErrorCode::invalid_input, fmt::format("not a minisign signature: {}", why), {}};
    };
    if (!take_line(text).starts_with(untrusted)) return wrong("its first line is not an untrusted comment");
    const Bytes first = from_base64(take_line(text));
    const std::string_view comment = take_line(text);
    if (!comment.starts_with(trusted)) return wrong("its third line is not a trusted comment");
    Signature result;
    result.trusted_comment = comment.substr(trusted.size());
    result.global = from_base64(take_line(text));
    if (first.size() != 2 + result.id.size() + signature_size) return wrong("its second line is not a signature");
    if (result.global.size() != signature_size) return wrong("its fourth line is not a signature");
    if (first[0] != 'E' || (first[1] != 'D' && first[1] != 'd')) return wrong("its algorithm is unknown");
    result.prehashed = first[1] == 'D';
    std::copy_n(first.begin() + 2, result.id.size(), result.id.begin());
    result.signature.assign(first.begin() + 2 + static_cast<std::ptrdiff_t>(result.id.size()), first.end());
    return result;
}

bool is_signed(const Bytes& signature, const unsigned char* data, std::size_t size, const MinisignKey& key) {
    return ::crypto_sign_ed25519_verify_detached(signature.data(), data, size, key.key.data()) == 0;
}

// BLAKE2b-512 of content that arrives piece by piece.
class ContentHash {
public:
    ContentHash() { ::crypto_generichash_blake2b_init(&state_, nullptr, 0, hash_.size()); }
    void add(std::string_view piece) { ::crypto_generichash_blake2b_update(&state_, bytes_of(piece), piece.size()); }
    [[nodiscard]] std::string finish() {
        ::crypto_generichash_blake2b_final(&state_, hash_.data(), hash_.size());
        return {hash_.begin(), hash_.end()};
    }

private:
    crypto_generichash_blake2b_state state_{};
    std::array<unsigned char, crypto_generichash_blake2b_BYTES_MAX> hash_{};
};

bool is_comment_signed(const Signature& signature, const MinisignKey& key) {
    Bytes both = signature.signature;
    const std::string& comment = signature.trusted_comment;
    both.insert(both.end(), comment.begin(), comment.end());
    return is_signed(signature.global, both.data(), both.size(), key);
}

Error not_signed(const Signature& signature, bool is_key_known) {
    const std::string id = display_key_id(signature.id);
    if (is_key_known) {
        return {ErrorCode::authentication, fmt::format("the signature by the key {} does not match", id), {}};
    }
    return {ErrorCode::not_found, fmt::format("the key {} is not one of the trusted keys", id), {}};
}

// `message`: the signed bytes, either the content or its hash.
Result<std::string> verify_signed(Signature parsed, std::string_view message, std::span<const MinisignKey> keys) {
    bool known = false;
    for (const MinisignKey& key : keys) {
        if (key.id != parsed.id) continue;
        known = true;
        if (is_signed(parsed.signature, bytes_of(message), message.size(), key) && is_comment_signed(parsed, key)) {
            return std::move(parsed.trusted_comment);
        }
    }
    return not_signed(parsed, known);
}

}  // namespace

Result<MinisignKey> parse_minisign_key(std::string_view text) {
    std::string_view rest = text;
    std::string_view line = take_line(rest);
    if (line.starts_with(untrusted)) line = take_line(rest);
    const Bytes bytes = from_base64(line);
    MinisignKey result;
    constexpr std::size_t secret_size = 158;
    if (bytes.size() == secret_size) {
        return Error{ErrorCode::invalid_input, "a secret key of minisign, not a public one",
                     "the public key is in the .pub file and begins with RW"};
    }
    if (bytes.size() != 2 + result.id.size() + result.key.size() || bytes[0] != 'E' || bytes[1] != 'd') {
        return Error{ErrorCode::invalid_input, "not a public key of minisign", "such a key begins with RW"};
    }
    std::copy_n(bytes.begin() + 2, result.id.size(), result.id.begin());
    std::copy_n(bytes.begin() + 2 + static_cast<std::ptrdiff_t>(result.id.size()), result.key.size(),
                result.key.begin());
    return result;
}

std::string display_key_id(const std::array<unsigned char, 8>& id) {
    std::string text;
    for (auto byte = id.rbegin(); byte != id.rend(); ++byte) text += fmt::format("{:02X}", *byte);
    return text;
}

Result<std::string> verify_minisign(std::string_view content, std::string_view signature,
                                    std::span<const MinisignKey> keys) {
    GUP_TRY(Signature parsed, parse_signature(signature));
    if (!parsed.prehashed) return verify_signed(std::move(parsed), content, keys);
    ContentHash hash;
    hash.add(content);
    return verify_signed(std::move(parsed), hash.finish(), keys);
}

Result<TrustedComment> verify_minisign_comment(std::string_view signature, std::span<const MinisignKey> keys) {
    GUP_TRY(const Signature parsed, parse_signature(signature));
    bool known = false;
    for (const MinisignKey& key : keys) {
        if (key.id != parsed.id) continue;
        known = true;
        if (!is_comment_signed(parsed, key)) continue;
        return TrustedComment{parsed.trusted_comment, display_key_id(parsed.id),
                              std::string(parsed.signature.begin(), parsed.signature.end())};
    }
    return not_signed(parsed, known);
}

Result<std::string> verify_minisign_file(const fs::path& path, std::string_view signature,
                                         std::span<const MinisignKey> keys) {
    GUP_TRY(Signature parsed, parse_signature(signature));
    if (!parsed.prehashed) {
        return Error{ErrorCode::unsupported, "a signature over the file itself, not over its hash",
                     "sign it without minisign's option -l"};
    }
    ContentHash hash;
    GUP_CHECK(read_pieces(path, [&hash](std::string_view piece) { hash.add(piece); }));
    return verify_signed(std::move(parsed), hash.finish(), keys);
}

}  // namespace gup
