#include "source/remote/config.hpp"

#include <git2/sys/errors.h>

#include <optional>
#include <tuple>

#include "source/libgit2/handles.hpp"
#include "util/url.hpp"

namespace gup::detail {
namespace {

// Labels compare one by one; "*" matches one label.
bool host_fits(std::string_view pattern, std::string_view host) {
    for (;;) {
        const auto dot = pattern.find('.');
        const auto host_dot = host.find('.');
        const std::string_view label = pattern.substr(0, dot);
        if (label != "*" && label != host.substr(0, host_dot)) return false;
        if (dot == std::string_view::npos || host_dot == std::string_view::npos) return dot == host_dot;
        pattern.remove_prefix(dot + 1);
        host.remove_prefix(host_dot + 1);
    }
}

// "/a" fits "/a" and "/a/b", not "/ab".
bool path_fits(std::string_view pattern, std::string_view path) {
    while (pattern.ends_with('/')) pattern.remove_suffix(1);
    if (!path.starts_with(pattern)) return false;
    return path.size() == pattern.size() || path[pattern.size()] == '/';
}

// How well the pattern fits, for comparison; nullopt if it does not fit. Longer hosts, then paths, then a user win.
using Fit = std::tuple<std::size_t, std::size_t, bool>;
std::optional<Fit> fit(const std::string& pattern_text, const Url& url) {
    const auto pattern = parse_url(pattern_text);
    if (!pattern.ok()) return std::nullopt;
    if (pattern->scheme != url.scheme || port_of(*pattern) != port_of(url)) return std::nullopt;
    if (!pattern->user.empty() && pattern->user != url.user) return std::nullopt;
    if (!host_fits(pattern->host, url.host) || !path_fits(pattern->path, url.path)) return std::nullopt;
    // A wild card fits less well than a name.
    const std::size_t host_length =
        pattern->host.find('*') == std::string::npos ? pattern->host.size() + 256 : pattern->host.size();
    return Fit{host_length, pattern->path.size(), !pattern->user.empty()};
}

// The <url> of "section.<url>.key", "" for "section.key", nullopt for any other name.
std::optional<std::string> pattern_of(std::string_view name, std::string_view section, std::string_view key) {
    if (!name.starts_with(section) || !name.ends_with(key)) return std::nullopt;
    name.remove_prefix(section.size());
    if (name.size() < key.size() + 1) return std::nullopt;
    name.remove_suffix(key.size());
    if (name == ".") return std::string();
    if (name.size() < 3 || name.front() != '.' || name.back() != '.') return std::nullopt;
    return std::string(name.substr(1, name.size() - 2));
}

}  // namespace

void RemoteConfig::add_file(const std::filesystem::path& path, git_config_level_t level, git_repository* repository) {
    git::Config config;
    if (git_config_new(git::Out(config)) != 0) return;
    if (git_config_add_file_ondisk(config.get(), path.c_str(), level, repository, 0) == 0) add(config.get());
    git_error_clear();
}

void RemoteConfig::add(const git_config* config) {
    git::ConfigIterator iterator;
    git_config_entry* entry = nullptr;
    const bool is_read = git_config_iterator_new(git::Out(iterator), config) == 0;
    while (is_read && git_config_next(&entry, iterator.get()) == 0) {
        const std::string_view name = entry->name;
        if (!name.starts_with("http.") && !name.starts_with("credential.") && !name.starts_with("core.") &&
            !name.starts_with("ssh.") && name != "protocol.version") {
            continue;
        }
        // A key without '=' is true.
        entries_.push_back({entry->name, entry->value != nullptr ? entry->value : "true"});
    }
    git_error_clear();
}

std::string RemoteConfig::value(std::string_view name) const {
    std::string found;
    for (const Entry& entry : entries_) {
        if (entry.name == name) found = entry.value;
    }
    return found;
}

std::string RemoteConfig::value_for(std::string_view section, std::string_view key, const std::string& url) const {
    const auto target = parse_url(url);
    std::string found;
    std::optional<Fit> best;
    for (const Entry& entry : entries_) {
        const auto pattern = pattern_of(entry.name, section, key);
        if (!pattern) continue;
        if (pattern->empty()) {
            if (!best) found = entry.value;
            continue;
        }
        const auto fits = target.ok() ? fit(*pattern, *target) : std::nullopt;
        if (!fits || (best && *fits < *best)) continue;
        best = fits;
        found = entry.value;
    }
    return found;
}

// An empty value always drops those before it.
std::vector<std::string> RemoteConfig::collect(std::string_view section, std::string_view key, const std::string& url,
                                               Unscoped unscoped) const {
    const auto target = parse_url(url);
    std::vector<std::string> found;
    for (const Entry& entry : entries_) {
        const auto pattern = pattern_of(entry.name, section, key);
        if (!pattern || (!pattern->empty() && !(target.ok() && fit(*pattern, *target)))) continue;
        if (entry.value.empty()) {
            found.clear();
        } else if (!pattern->empty() || unscoped == Unscoped::yes) {
            found.push_back(entry.value);
        }
    }
    return found;
}

std::vector<std::string> RemoteConfig::values_for(std::string_view section, std::string_view key,
                                                  const std::string& url) const {
    return collect(section, key, url, Unscoped::yes);
}

std::vector<std::string> RemoteConfig::headers_for(const std::string& url, const Url& home) const {
    const auto target = parse_url(url);
    // A remote over ssh has no server of its own for HTTP.
    const bool is_ssh_host =
        target.ok() && home.scheme == "ssh" && target->scheme == "https" && target->host == home.host;
    const bool is_home = target.ok() && (same_server(*target, home) || is_ssh_host);
    return collect("http", "extraheader", url, is_home ? Unscoped::yes : Unscoped::no);
}

bool RemoteConfig::flag_for(std::string_view section, std::string_view key, const std::string& url,
                            bool fallback) const {
    const std::string text = value_for(section, key, url);
    if (text.empty()) return fallback;
    int value = 0;
    if (git_config_parse_bool(&value, text.c_str()) != 0) {
        git_error_clear();
        return fallback;
    }
    return value != 0;
}

std::filesystem::path RemoteConfig::path_for(std::string_view section, std::string_view key,
                                             const std::string& url) const {
    const std::string text = value_for(section, key, url);
    if (text.starts_with("~/") && !home_.empty()) return home_ / text.substr(2);
    return text;
}

bool RemoteConfig::allows_v2() const {
    const std::string version = value("protocol.version");
    return version != "0" && version != "1";
}

void set_network(const RemoteConfig& config, const std::string& url, HttpRequest& request) {
    request.proxy = config.value_for("http", "proxy", url);
    request.ca_file = config.path_for("http", "sslcainfo", url);
    request.verify_peer = config.flag_for("http", "sslverify", url, true);
}

}  // namespace gup::detail
