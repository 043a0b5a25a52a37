// SPDX-License-Identifier: Apache-2.0
// The files that tell of a distribution: the head of METADATA or PKG-INFO, requires.txt and direct_url.json. Bytes, not
// text.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gup {

// The two fields that identify a distribution, and what it depends on.
struct MetadataHead {
    std::string name;                         // empty: no such field
    std::string version;                      // empty: no such field
    std::vector<std::string> dependencies{};  // Requires-Dist as written, folded lines joined
    std::vector<std::string> extras{};        // Provides-Extra
};

// Fields up to the first empty line: keys in any case, CRLF and a BOM tolerated, the first of duplicates is used. As for
// pip, a line that does not begin with a field's name ends the dependencies.
[[nodiscard]] MetadataHead parse_metadata(std::string_view text);

// Whether the empty line after the fields is in `text`.
[[nodiscard]] bool has_all_fields(std::string_view text);

// The dependencies of an egg's requires.txt in the form of Requires-Dist: "[extra:marker]" becomes a marker.
[[nodiscard]] std::vector<std::string> parse_requires_txt(std::string_view text);

enum class TextEnd : bool { cut, whole };

// True for UTF-8; a text that was cut may end in the middle of a character.
[[nodiscard]] bool is_utf8(std::string_view text, TextEnd end);

// "paho_mqtt-1.3.1.dist-info" → paho_mqtt, 1.3.1; "…-py3.9.egg-info" loses its tag. No '-': only a name.
[[nodiscard]] MetadataHead parse_folder_name(std::string_view name);

// True when the folder's name and its metadata name the same distribution, apart from spelling.
[[nodiscard]] bool agree(const MetadataHead& folder, const MetadataHead& metadata);

// direct_url.json: the origin of a distribution that does not come from an index ("Direct URL data structure").
struct DirectUrl {
    std::string url;
    std::string commit_id;           // vcs_info
    std::string requested_revision;  // vcs_info
    bool editable = false;           // dir_info
};

// nullopt for any other document. Fields of other types are treated as absent.
[[nodiscard]] std::optional<DirectUrl> parse_direct_url(std::string_view text);

}  // namespace gup
