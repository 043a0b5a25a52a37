#include "util/digest.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <vector>

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
    const std::string act = "cannot read " + path.native();
    const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW));
    struct stat status {};
    if (!fd.valid() || ::fstat(fd.get(), &status) != 0) return errno_error(errno, act);
    if (!S_ISREG(status.st_mode)) return Error{ErrorCode::invalid_input, act + ": not a regular file", {}};
    Sha256 hash;
    std::vector<char> buffer(std::size_t{64} << 10U);
    for (;;) {
        const ssize_t count = ::read(fd.get(), buffer.data(), buffer.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return errno_error(errno, act);
        if (count == 0) return hash.finish();
        hash.add({buffer.data(), static_cast<std::size_t>(count)});
    }
}

}  // namespace gup
