#include "util/printable.hpp"

#include <fmt/format.h>

#include "util/utf8.hpp"

namespace gup {
std::string printable(std::string_view line) {
    std::string text;
    text.reserve(line.size());
    while (!line.empty()) {
        const Utf8Character character = first_character(line);
        const std::size_t length = character.length == 0 ? 1 : character.length;
        if (character.length == 0) {
            text += fmt::format("\\x{:02x}", static_cast<unsigned char>(line[0]));
        } else if (character.code == '\t') {
            text += "\\t";
        } else if (character.code == '\r') {
            text += "\\r";
        } else if (character.code < 0x20 || (character.code >= 0x7F && character.code < 0xA0)) {
            text += fmt::format("\\x{:02x}", character.code);
        } else {
            text += line.substr(0, length);
        }
        line.remove_prefix(length);
    }
    return text;
}

}  // namespace gup
