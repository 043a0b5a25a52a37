#include "python/installer/pip_config.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <boost/property_tree/ini_parser.hpp>
#include <boost/property_tree/ptree.hpp>
#include <sstream>

#include "util/sys/environment.hpp"
#include "util/text.hpp"

namespace gup {
namespace {

// Indented lines continue the value above (Python's configparser); Boost's parser does not support this.
std::string join_continuations(std::string_view text) {
    std::string joined;
    while (!text.empty()) {
        const std::string_view line = take_until(text, '\n');
        const std::string_view content = trimmed(line);
        if (content.empty() || content.front() == '#' || content.front() == ';') continue;
        const bool continues = line.front() == ' ' || line.front() == '\t';
        if (!joined.empty()) joined += continues ? ' ' : '\n';
        joined += content;
    }
    joined += '\n';
    return joined;
}

std::vector<std::string> words(std::string_view text) {
    const auto found = words_in(text);
    return {found.begin(), found.end()};
}

bool is_true(std::string_view value) {
    return value == "1" || value == "true" || value == "True" || value == "yes" || value == "on" || value == "y" ||
           value == "t";
}

// `key` in the form of pip's long options: "extra-index-url".
void take(PipIndexes& indexes, std::string_view key, std::string_view value) {
    if (key == "index-url") indexes.index_url = trimmed(value);
    if (key == "extra-index-url") indexes.extra_index_urls = words(value);
    if (key == "find-links") indexes.find_links = words(value);
    if (key == "trusted-host") indexes.trusted_hosts = words(value);
    if (key == "cert") indexes.cert = trimmed(value);
    if (key == "no-index") indexes.no_index = is_true(trimmed(value));
}

std::string option_name(std::string key) {
    std::transform(key.begin(), key.end(), key.begin(), [](char c) {
        if (c == '_') return '-';
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    });
    return key.starts_with("--") ? key.substr(2) : key;
}

void merge_file(const fs::path& path, PipIndexes& indexes) {
    const auto text = read_file(path, 1U << 20U);
    if (text.ok()) merge_pip_config(*text, indexes);
}

std::string joined(const std::vector<std::string>& values, char separator) {
    return fmt::format("{}", fmt::join(values, std::string_view(&separator, 1)));
}

}  // namespace

void merge_pip_config(std::string_view text, PipIndexes& indexes) {
    boost::property_tree::ptree tree;
    try {
        std::istringstream stream(join_continuations(text));
        boost::property_tree::read_ini(stream, tree);
    } catch (const boost::property_tree::ini_parser_error&) {
        return;
    }
    for (const char* section : {"global", "install"}) {
        const auto found = tree.find(section);
        if (found == tree.not_found()) continue;
        for (const auto& [key, value] : found->second) take(indexes, option_name(key), value.data());
    }
}

PipIndexes read_pip_config(const PipConfigPlaces& places) {
    PipIndexes indexes;
    const std::string chosen = environment_value("PIP_CONFIG_FILE");
    // pip's way to use no configuration file at all.
    if (chosen != "/dev/null") {
        merge_file(places.system / "xdg/pip/pip.conf", indexes);
        merge_file(places.system / "pip.conf", indexes);
        if (!places.home.empty()) {
            merge_file(places.home / ".pip/pip.conf", indexes);
            const fs::path config = places.config_home.empty() ? places.home / ".config" : fs::path(places.config_home);
            merge_file(config / "pip/pip.conf", indexes);
        }
        merge_file(places.virtualenv / "pip.conf", indexes);
        if (!chosen.empty()) merge_file(chosen, indexes);
    }
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
