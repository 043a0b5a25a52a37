// SPDX-License-Identifier: Apache-2.0
// The numbers and marks of a zip archive (APPNOTE.TXT 6.3.10). Private to util/zip/directory.
#pragma once

#include <cstdint>
#include <string_view>

namespace gup::zip {

inline constexpr std::string_view local_mark("PK\3\4", 4);
inline constexpr std::string_view central_mark("PK\1\2", 4);
inline constexpr std::string_view end_mark("PK\5\6", 4);
inline constexpr std::string_view end64_mark("PK\6\6", 4);
inline constexpr std::string_view locator_mark("PK\6\7", 4);
inline constexpr std::size_t local_length = 30;
inline constexpr std::size_t central_length = 46;
inline constexpr std::size_t end_length = 22;
inline constexpr std::size_t end64_length = 56;
inline constexpr std::size_t locator_length = 20;

inline constexpr std::uint16_t flag_encrypted = 1U << 0U;
inline constexpr std::uint16_t flag_descriptor = 1U << 3U;
inline constexpr std::uint16_t flag_strongly_encrypted = 1U << 6U;
inline constexpr std::uint16_t flag_hidden_list = 1U << 13U;
inline constexpr std::uint32_t in_64_bits = 0xFFFFFFFF;
inline constexpr std::uint16_t entries_in_64_bits = 0xFFFF;

// Little-endian numbers; the caller knows that the bytes exist.
class Numbers {
public:
    explicit Numbers(std::string_view bytes) : bytes_(bytes) {}
    [[nodiscard]] std::uint16_t two(std::size_t at) const { return static_cast<std::uint16_t>(number(at, 2)); }
    [[nodiscard]] std::uint32_t four(std::size_t at) const { return static_cast<std::uint32_t>(number(at, 4)); }
    [[nodiscard]] std::uint64_t eight(std::size_t at) const { return number(at, 8); }

private:
    [[nodiscard]] std::uint64_t number(std::size_t at, std::size_t length) const {
        std::uint64_t value = 0;
        for (std::size_t i = length; i > 0; --i) value = value << 8U | static_cast<unsigned char>(bytes_[at + i - 1]);
        return value;
    }
    std::string_view bytes_;
};

// The fields of both headers of an entry.
struct Header {
    std::uint16_t flags = 0;
    std::uint16_t method = 0;
    std::uint32_t crc32 = 0;
    std::uint64_t packed = 0;
    std::uint64_t size = 0;
    std::uint64_t offset = 0;
    std::string_view name;
    std::string_view extra;
};

}  // namespace gup::zip
