// SPDX-License-Identifier: Apache-2.0
#include "python/metadata.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/declaration/requirement.hpp"
#include "core/packaging/version.hpp"
#include "util/json.hpp"
#include "util/text.hpp"
#include "util/utf8.hpp"

namespace gup {
namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

// "1.0_1" in a folder's name means "1.0-1".
std::string unescaped_version(std::string version) {
    std::replace(version.begin(), version.end(), '_', '-');
    return version;
}

// As Python's email package: of visible ASCII alone.
bool is_field_name(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < '\x7F'; });
}

// Most fields of a METADATA are others: this saves the comparisons.
bool may_be_wanted(char first) {
    return !is_letter(first) || contains("nNpPvVrR", {&first, 1});
}

void append_folded(std::string& value, std::string_view line) {
    if (line.empty()) return;
    if (!value.empty()) value += ' ';
    value += line;
}

// "extra", "extra:marker" or ":marker" of requires.txt, as a PEP 508 marker.
std::string marker_of_section(std::string_view section) {
    const std::string extra = normalized_name(std::string(take_until(section, ':')));
    if (extra.empty()) return std::string(section);
    if (section.empty()) return fmt::format("extra == \"{}\"", extra);
    return fmt::format("({}) and extra == \"{}\"", section, extra);
}

using Json = nlohmann::json;

const Json* member(const Json& object, const char* key) {
    const auto found = object.find(key);
    return found == object.end() || !found->is_object() ? nullptr : &*found;
}

}  // namespace

MetadataHead parse_metadata(std::string_view text) {
    MetadataHead head;
    if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
    bool has_dependencies = true;
    std::string* folded = nullptr;  // the dependency whose lines are read
    while (!text.empty()) {
        const std::string_view line = take_until(text, '\n');
        if (line.empty() || line == "\r") break;
        if (line.front() == ' ' || line.front() == '\t') {
            if (folded != nullptr) append_folded(*folded, trimmed(line));
            continue;
        }
        folded = nullptr;
        const auto colon = line.find(':');
        if (colon == std::string_view::npos || !is_field_name(line.substr(0, colon))) has_dependencies = false;
        if (colon == std::string_view::npos || !may_be_wanted(line.front())) continue;
        const std::string_view key = trimmed(line.substr(0, colon));
        if (head.name.empty() && equals_ignoring_case(key, "name")) head.name = trimmed(line.substr(colon + 1));
        if (head.version.empty() && equals_ignoring_case(key, "version"))
            head.version = trimmed(line.substr(colon + 1));
        if (has_dependencies && equals_ignoring_case(key, "requires-dist")) {
            folded = &head.dependencies.emplace_back(trimmed(line.substr(colon + 1)));
        }
        if (equals_ignoring_case(key, "provides-extra")) head.extras.emplace_back(trimmed(line.substr(colon + 1)));
    }
    return head;
}

bool has_all_fields(std::string_view text) {
    return contains(text, "\n\n") || contains(text, "\n\r\n");
}

std::vector<std::string> parse_requires_txt(std::string_view text) {
    std::vector<std::string> dependencies;
    std::string marker;
    while (!text.empty()) {
        const std::string_view line = trimmed(take_until(text, '\n'));
        if (line.empty() || line.front() == '#') continue;
        if (line.front() == '[' && line.back() == ']') {
            marker = marker_of_section(line.substr(1, line.size() - 2));
        } else {
            dependencies.push_back(marker.empty() ? std::string(line) : fmt::format("{} ; {}", line, marker));
        }
    }
    return dependencies;
}

bool is_utf8(std::string_view text, TextEnd end) {
    const std::size_t wrong = first_wrong_byte(text);
    if (wrong == text.size() || end == TextEnd::whole) return wrong == text.size();
    // Any of these completes what was cut, if it is the beginning of a character.
    for (const std::string_view rest : {"\x80", "\x80\x80", "\xBF\x80", "\x80\x80\x80", "\xBF\x80\x80"}) {
        if (first_character(std::string(text.substr(wrong)).append(rest)).length == text.size() - wrong + rest.size())
            return true;
    }
    return false;
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
    if (!is_same_name(folder.name, metadata.name)) return false;
    if (folder.version.empty() || folder.version == metadata.version) return true;
    return satisfies_pin(unescaped_version(folder.version), unescaped_version(metadata.version));
}

std::optional<DirectUrl> parse_direct_url(std::string_view text) {
    const auto parsed = parse_json(text);
    if (!parsed.ok() || !parsed->is_object()) return std::nullopt;
    const Json& document = *parsed;
    DirectUrl direct;
    direct.url = text_member(document, "url");
    if (direct.url.empty()) return std::nullopt;
    if (const Json* vcs = member(document, "vcs_info"); vcs != nullptr) {
        direct.commit_id = text_member(*vcs, "commit_id");
        direct.requested_revision = text_member(*vcs, "requested_revision");
    }
    if (const Json* folder = member(document, "dir_info"); folder != nullptr) {
        const auto editable = folder->find("editable");
        direct.editable = editable != folder->end() && editable->is_boolean() && editable->get<bool>();
    }
    return direct;
}

}  // namespace gup
