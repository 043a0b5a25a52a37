#include "python/metadata.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "core/declaration/requirement.hpp"
#include "core/declaration/version.hpp"
#include "util/text.hpp"

namespace gup {
namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

// The number of bytes that follow the lead byte, and the range of the first of them (overlong forms and surrogates are
// what the range excludes). length 0: not a lead byte.
struct Sequence {
    std::size_t length = 0;
    unsigned char low = 0x80;
    unsigned char high = 0xBF;
};

Sequence sequence_of(unsigned char lead) {
    if (lead >= 0xC2 && lead <= 0xDF) return {1, 0x80, 0xBF};
    if (lead == 0xE0) return {2, 0xA0, 0xBF};
    if (lead == 0xED) return {2, 0x80, 0x9F};
    if (lead >= 0xE1 && lead <= 0xEF) return {2, 0x80, 0xBF};
    if (lead == 0xF0) return {3, 0x90, 0xBF};
    if (lead >= 0xF1 && lead <= 0xF3) return {3, 0x80, 0xBF};
    if (lead == 0xF4) return {3, 0x80, 0x8F};
    return {};
}

std::size_t skip_ascii(std::string_view text, std::size_t at) {
    for (std::uint64_t word = 0; at + sizeof word <= text.size(); at += sizeof word) {
        std::memcpy(&word, text.data() + at, sizeof word);
        if ((word & 0x8080808080808080U) != 0) break;
    }
    while (at < text.size() && static_cast<unsigned char>(text[at]) < 0x80) ++at;
    return at;
}

// "1.0_1" in a folder's name means "1.0-1".
std::string unescaped_version(std::string version) {
    std::replace(version.begin(), version.end(), '_', '-');
    return version;
}

}  // namespace

MetadataHead parse_metadata(std::string_view text) {
    MetadataHead head;
    if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        const std::string_view line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (trimmed(line).empty()) break;
        const auto colon = line.find(':');
        if (colon == std::string_view::npos || line.front() == ' ' || line.front() == '\t') continue;
        const std::string_view key = trimmed(line.substr(0, colon));
        if (head.name.empty() && equals_ignoring_case(key, "name")) head.name = trimmed(line.substr(colon + 1));
        if (head.version.empty() && equals_ignoring_case(key, "version"))
            head.version = trimmed(line.substr(colon + 1));
        if (!head.name.empty() && !head.version.empty()) break;
    }
    return head;
}

bool is_utf8(std::string_view text, TextEnd end) {
    std::size_t at = 0;
    while ((at = skip_ascii(text, at)) < text.size()) {
        const Sequence sequence = sequence_of(static_cast<unsigned char>(text[at]));
        if (sequence.length == 0) return false;
        for (std::size_t i = 1; i <= sequence.length; ++i) {
            if (at + i >= text.size()) return end == TextEnd::cut;
            const auto byte = static_cast<unsigned char>(text[at + i]);
            const unsigned char low = i == 1 ? sequence.low : 0x80;
            const unsigned char high = i == 1 ? sequence.high : 0xBF;
            if (byte < low || byte > high) return false;
        }
        at += sequence.length + 1;
    }
    return true;
}

MetadataHead parse_folder_name(std::string_view name) {
    for (const std::string_view suffix : {".dist-info", ".egg-info", ".egg-link", ".egg"}) {
        if (!name.ends_with(suffix)) continue;
        name.remove_suffix(suffix.size());
        // An egg's tags: "-py3.9", and for compiled ones the platform after it.
        const auto tag = suffix == ".dist-info" ? std::string_view::npos : name.rfind("-py");
        if (tag != std::string_view::npos && tag + 3 < name.size() && is_digit(name[tag + 3]))
            name = name.substr(0, tag);
        break;
    }
    const auto dash = name.rfind('-');
    if (dash == std::string_view::npos) return {std::string(name), {}};
    return {std::string(name.substr(0, dash)), std::string(name.substr(dash + 1))};
}

bool agree(const MetadataHead& folder, const MetadataHead& metadata) {
    if (normalized_name(folder.name) != normalized_name(metadata.name)) return false;
    if (folder.version.empty() || folder.version == metadata.version) return true;
    return satisfies_pin(unescaped_version(folder.version), unescaped_version(metadata.version));
}

}  // namespace gup
