// SPDX-License-Identifier: Apache-2.0
#include "util/crypto/digest.hpp"

#include <fmt/format.h>
#include <sodium.h>

#include <array>

namespace gup {

struct Sha256::State {
    crypto_hash_sha256_state hash;
};

Sha256::Sha256() : state_(std::make_unique<State>()) {
    ::crypto_hash_sha256_init(&state_->hash);
}

Sha256::~Sha256() = default;

void Sha256::add(std::string_view bytes) {
    ::crypto_hash_sha256_update(&state_->hash, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
}

std::string Sha256::finish() {
    std::array<unsigned char, crypto_hash_sha256_BYTES> bytes{};
    ::crypto_hash_sha256_final(&state_->hash, bytes.data());
    std::string text;
    for (const unsigned char byte : bytes) text += fmt::format("{:02x}", byte);
    return text;
}

std::string sha256_of(std::string_view content) {
    Sha256 hash;
    hash.add(content);
    return hash.finish();
}

std::string sha256_base64_of(std::string_view content) {
    std::array<unsigned char, crypto_hash_sha256_BYTES> bytes{};
    ::crypto_hash_sha256(bytes.data(), reinterpret_cast<const unsigned char*>(content.data()), content.size());
    constexpr int variant = sodium_base64_VARIANT_URLSAFE_NO_PADDING;
    std::array<char, sodium_base64_ENCODED_LEN(crypto_hash_sha256_BYTES, sodium_base64_VARIANT_URLSAFE_NO_PADDING)>
        text{};
    ::sodium_bin2base64(text.data(), text.size(), bytes.data(), bytes.size(), variant);
    return text.data();
}

Result<std::string> sha256_of_file(const fs::path& path) {
    Sha256 hash;
    GUP_CHECK(read_pieces(path, [&hash](std::string_view piece) { hash.add(piece); }));
    return hash.finish();
}

}  // namespace gup
