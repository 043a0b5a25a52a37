// SPDX-License-Identifier: Apache-2.0
#include "python/installer/pip_config.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>

#include "util/sys/environment.hpp"
#include "util/text.hpp"

namespace gup {
namespace {

struct IniLine {
    std::string section;
    std::string key;
    std::string value;
};

std::string option_name(std::string key) {
    std::transform(key.begin(), key.end(), key.begin(), [](char c) {
        if (c == '_') return '-';
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    });
    return key.starts_with("--") ? key.substr(2) : key;
}

// As Python's configparser, which pip uses: "key = value" or "key: value", and indented lines continue the value above.
// Nullopt for a text that configparser refuses.
std::optional<std::vector<IniLine>> parse_ini(std::string_view text) {
    std::vector<IniLine> lines;
    std::string section;
    bool continues = false;
    if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
    while (!text.empty()) {
        const std::string_view line = take_until(text, '\n');
        const std::string_view content = trimmed(line);
        if (content.empty() || content.front() == '#' || content.front() == ';') continue;
        if (continues && (line.front() == ' ' || line.front() == '\t')) {
            lines.back().value += fmt::format("{}{}", lines.back().value.empty() ? "" : " ", content);
            continue;
        }
        if (content.front() == '[') {
            const auto end = content.find(']');
            if (end == std::string_view::npos) return std::nullopt;
            section = content.substr(1, end - 1);
            continues = false;
            continue;
        }
        const auto delimiter = content.find_first_of("=:");
        if (section.empty() || delimiter == std::string_view::npos) return std::nullopt;
        lines.push_back({section, option_name(std::string(trimmed(content.substr(0, delimiter)))),
                         std::string(trimmed(content.substr(delimiter + 1)))});
        continues = true;
    }
    return lines;
}

std::vector<std::string> words(std::string_view text) {
    const auto found = words_in(text);
    return {found.begin(), found.end()};
}

// `key` in the form of pip's long options: "extra-index-url".
void take(PipIndexes& indexes, std::string_view key, std::string_view value) {
    if (key == "index-url") indexes.index_url = trimmed(value);
    if (key == "extra-index-url") indexes.extra_index_urls = words(value);
    if (key == "find-links") indexes.find_links = words(value);
    if (key == "trusted-host") indexes.trusted_hosts = words(value);
    if (key == "cert") indexes.cert = trimmed(value);
    if (key == "no-index") indexes.no_index = is_yes(trimmed(value));
}

void take_all(const PipSettings& settings, PipIndexes& indexes) {
    for (const char* key : {"index-url", "extra-index-url", "find-links", "trusted-host", "cert", "no-index"}) {
        if (const PipSetting* setting = settings.find(key)) take(indexes, key, setting->value);
    }
}

void merge_file(const fs::path& path, PipSettings& settings) {
    const auto text = read_file(path, 1U << 20U);
    if (text.ok()) settings.merge(*text, path);
}

std::string joined(const std::vector<std::string>& values, char separator) {
    return fmt::format("{}", fmt::join(values, std::string_view(&separator, 1)));
}

}  // namespace

bool is_yes(std::string_view value) {
    const std::string word = lower(value);
    return word == "1" || word == "true" || word == "yes" || word == "on" || word == "y" || word == "t";
}

void merge_pip_config(std::string_view text, PipIndexes& indexes) {
    PipSettings settings;
    settings.merge(text, {});
    take_all(settings, indexes);
}

void PipSettings::merge(std::string_view text, const fs::path& file) {
    const auto lines = parse_ini(text);
    if (!lines) return;
    for (const IniLine& line : *lines) {
        known_.insert_or_assign({line.section, line.key}, PipSetting{line.value, line.section, file});
    }
}

const PipSetting* PipSettings::find(const std::string& key) const {
    for (const char* section : {"install", "global"}) {
        const auto found = known_.find({section, key});
        if (found != known_.end() && !found->second.value.empty()) return &found->second;
    }
    return nullptr;
}

PipSettings read_pip_settings(const PipConfigPlaces& places) {
    PipSettings settings;
    const std::string chosen = environment_value("PIP_CONFIG_FILE");
    if (chosen == "/dev/null") return settings;  // pip's way to use no configuration file at all
    const std::string folders = places.config_dirs.empty() ? (places.system / "xdg").string() : places.config_dirs;
    for (std::string_view rest = folders; !rest.empty();) {
        merge_file(fs::path(take_until(rest, ':')) / "pip/pip.conf", settings);
    }
    merge_file(places.system / "pip.conf", settings);
    // pip does not read the user's when $PIP_CONFIG_FILE exists.
    if (!places.home.empty() && (chosen.empty() || !is_there(chosen))) {
        merge_file(places.home / ".pip/pip.conf", settings);
        const fs::path config = places.config_home.empty() ? places.home / ".config" : fs::path(places.config_home);
        merge_file(config / "pip/pip.conf", settings);
    }
    merge_file(places.virtualenv / "pip.conf", settings);
    if (!chosen.empty()) merge_file(chosen, settings);
    return settings;
}

PipIndexes read_pip_config(const PipConfigPlaces& places) {
    PipIndexes indexes;
    take_all(read_pip_settings(places), indexes);
    for (const char* name :
         {"PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS", "PIP_TRUSTED_HOST", "PIP_CERT", "PIP_NO_INDEX"}) {
        const std::string value = environment_value(name);
        if (!value.empty()) take(indexes, option_name(name + 4), value);
    }
    return indexes;
}

std::vector<std::pair<std::string, std::string>> uv_environment(const PipIndexes& indexes) {
    std::vector<std::pair<std::string, std::string>> variables;
    const auto add = [&](const char* name, const std::string& value) {
        if (!value.empty() && environment_value(name).empty()) variables.emplace_back(name, value);
    };
    if (environment_value("UV_INDEX_URL").empty()) add("UV_DEFAULT_INDEX", indexes.index_url);
    if (environment_value("UV_EXTRA_INDEX_URL").empty()) add("UV_INDEX", joined(indexes.extra_index_urls, ' '));
    add("UV_FIND_LINKS", joined(indexes.find_links, ','));
    add("UV_INSECURE_HOST", joined(indexes.trusted_hosts, ' '));
    add("UV_NO_INDEX", indexes.no_index ? "1" : "");
    add("SSL_CERT_FILE", indexes.cert);
    // pip takes the best version of all indexes; uv's own way would be the first index that knows the name.
    add("UV_INDEX_STRATEGY", "unsafe-best-match");
    return variables;
}

}  // namespace gup
