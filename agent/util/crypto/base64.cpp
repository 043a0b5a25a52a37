// SPDX-License-Identifier: Apache-2.0
#include "util/crypto/base64.hpp"

#include <sodium.h>

namespace gup {

std::optional<std::string> base64_decoded(std::string_view text) {
    const int variant = text.ends_with('=') || text.size() % 4 == 0 ? sodium_base64_VARIANT_ORIGINAL
                                                                    : sodium_base64_VARIANT_ORIGINAL_NO_PADDING;
    std::string decoded(text.size(), '\0');
    std::size_t size = 0;
    const char* end = nullptr;
    const int failed = ::sodium_base642bin(reinterpret_cast<unsigned char*>(decoded.data()), decoded.size(),
                                           text.data(), text.size(), nullptr, &size, &end, variant);
    if (failed != 0 || end != text.data() + text.size()) return std::nullopt;
    decoded.resize(size);
    return decoded;
}

}  // namespace gup
