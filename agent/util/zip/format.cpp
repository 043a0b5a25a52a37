#include "util/zip/format.hpp"

#include <fmt/format.h>

namespace gup::zip {

// The content of the first extra field with that number; nullopt: none. A field that is longer than the rest ends the
// search.
std::optional<std::string_view> extra_field(std::string_view extra, std::uint16_t wanted) {
    while (extra.size() >= 4) {
        const Numbers head(extra);
        const std::size_t length = head.two(2);
        if (length > extra.size() - 4) return std::nullopt;
        if (head.two(0) == wanted) return extra.substr(4, length);
        extra.remove_prefix(4 + length);
    }
    return std::nullopt;
}

bool widen(Header& header) {
    std::string_view rest = extra_field(header.extra, 0x0001).value_or(std::string_view());
    for (std::uint64_t* field : {&header.size, &header.packed, &header.offset}) {
        if (*field != in_64_bits) continue;
        if (rest.size() < 8) return false;
        *field = Numbers(rest).eight(0);
        rest.remove_prefix(8);
    }
    return true;
}

std::string method_name(std::uint16_t method) {
    switch (method) {
        case 9:
            return "deflate64";
        case 12:
            return "bzip2";
        case 14:
            return "LZMA";
        case 93:
            return "zstd";
        case 95:
            return "xz";
        case 99:
            return "AES encryption";
        default:
            return fmt::format("number {}", method);
    }
}

}  // namespace gup::zip
