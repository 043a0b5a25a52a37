// SPDX-License-Identifier: Apache-2.0
// Zip archives for tests.
#pragma once

#include <zlib.h>

#include <cstdint>
#include <string>
#include <vector>

namespace gup::test {

struct Packed {
    std::string name;
    std::string content;
    std::uint32_t mode = 0100644;
};

inline std::string little(std::uint64_t value, int bytes) {
    std::string text;
    for (int i = 0; i < bytes; ++i) text += static_cast<char>(value >> (8 * i) & 0xFFU);
    return text;
}

// An archive whose files are stored without compression.
inline std::string zip_of(const std::vector<Packed>& files) {
    std::string body;
    std::string list;
    for (const Packed& file : files) {
        const auto sum = static_cast<std::uint32_t>(
            ::crc32(0, reinterpret_cast<const Bytef*>(file.content.data()), static_cast<uInt>(file.content.size())));
        const auto size = static_cast<std::uint32_t>(file.content.size());
        // Version, flags (UTF-8), method, time, date, checksum, both sizes, lengths of the name and of the extra
        // fields.
        const std::string both = little(20, 2) + little(0x800, 2) + little(0, 6) + little(sum, 4) + little(size, 4) +
                                 little(size, 4) + little(static_cast<std::uint32_t>(file.name.size()), 2) +
                                 little(0, 2);
        list += std::string("PK\1\2") + little(0x0314, 2) + both + little(0, 6) + little(file.mode << 16U, 4) +
                little(static_cast<std::uint32_t>(body.size()), 4) + file.name;
        body += std::string("PK\3\4") + both + file.name + file.content;
    }
    const std::string count = little(static_cast<std::uint32_t>(files.size()), 2);
    return body + list + "PK\5\6" + little(0, 4) + count + count + little(static_cast<std::uint32_t>(list.size()), 4) +
           little(static_cast<std::uint32_t>(body.size()), 4) + little(0, 2);
}

}  // namespace gup::test
