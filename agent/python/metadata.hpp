// The head of a METADATA or PKG-INFO file: the two fields that identify a distribution. Bytes, not text.
#pragma once

#include <string>
#include <string_view>

namespace gup {

struct MetadataHead {
    std::string name;     // empty: no such field
    std::string version;  // empty: no such field
};

// Fields up to the first blank line: keys in any case, CRLF and a BOM tolerated, the first of duplicates is used.
[[nodiscard]] MetadataHead parse_metadata(std::string_view text);

enum class TextEnd : bool { cut, whole };

// True for UTF-8; a text that was cut may end in the middle of a character.
[[nodiscard]] bool is_utf8(std::string_view text, TextEnd end);

// "paho_mqtt-1.3.1.dist-info" → paho_mqtt, 1.3.1; "…-py3.9.egg-info" loses its tag. No '-': only a name.
[[nodiscard]] MetadataHead parse_folder_name(std::string_view name);

// True when the folder's name and its metadata name the same distribution, apart from spelling.
[[nodiscard]] bool agree(const MetadataHead& folder, const MetadataHead& metadata);

}  // namespace gup
