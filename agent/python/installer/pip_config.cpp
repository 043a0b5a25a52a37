#include "python/installer/pip_config.hpp"

#include <algorithm>
#include <boost/property_tree/ini_parser.hpp>
#include <boost/property_tree/ptree.hpp>
#include <cstdlib>
#include <sstream>

#include "util/text.hpp"

namespace gup {
namespace {

// Indented lines continue the value above (Python's configparser); Boost's parser does not support this.
std::string join_continuations(std::string_view text) {
    std::string joined;
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        const std::string_view line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
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
    std::istringstream stream{std::string(text)};
    std::vector<std::string> result;
    for (std::string word; stream >> word;) result.push_back(word);
    return result;
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
    std::string result;
    for (const std::string& value : values) {
        if (!result.empty()) result += separator;
        result += value;
    }
    return result;
}

}  // namespace

std::string environment_variable(const char* name) {
    const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nobody sets variables while threads run
    return value == nullptr ? std::string() : std::string(value);
}

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
    const std::string chosen = environment_variable("PIP_CONFIG_FILE");
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
        const std::string value = environment_variable(name);
        if (!value.empty()) take(indexes, option_name(name + 4), value);
    }
    return indexes;
}

std::vector<std::pair<std::string, std::string>> uv_environment(const PipIndexes& indexes) {
    std::vector<std::pair<std::string, std::string>> variables;
    const auto add = [&](const char* name, const std::string& value) {
        if (!value.empty() && environment_variable(name).empty()) variables.emplace_back(name, value);
    };
    if (environment_variable("UV_INDEX_URL").empty()) add("UV_DEFAULT_INDEX", indexes.index_url);
    if (environment_variable("UV_EXTRA_INDEX_URL").empty()) add("UV_INDEX", joined(indexes.extra_index_urls, ' '));
    add("UV_FIND_LINKS", joined(indexes.find_links, ','));
    add("UV_INSECURE_HOST", joined(indexes.trusted_hosts, ' '));
    add("UV_NO_INDEX", indexes.no_index ? "1" : "");
    add("SSL_CERT_FILE", indexes.cert);
    // pip takes the best version of all indexes; uv's own way would be the first index that knows the name.
    add("UV_INDEX_STRATEGY", "unsafe-best-match");
    return variables;
}

}  // namespace gup
