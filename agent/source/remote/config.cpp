// SPDX-License-Identifier: Apache-2.0
#include "source/remote/config.hpp"

#include <git2/sys/errors.h>

#include <algorithm>
#include <array>
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

RemoteConfig::RemoteConfig(std::filesystem::path home) : home_(std::move(home)), variable_(git::variables_for(home_)) {}

// A key without '=' is true.
void RemoteConfig::add(std::string_view name, const std::optional<std::string>& value) {
    constexpr std::array<std::string_view, 4> sections{"http.", "credential.", "core.", "ssh."};
    const auto is_of = [&](std::string_view section) { return name.starts_with(section); };
    if (name != "protocol.version" && std::none_of(sections.begin(), sections.end(), is_of)) return;
    entries_.push_back({std::string(name), value.value_or("true")});
}

void RemoteConfig::add(const git::ConfigValues& values) {
    for (const git::ConfigValue& one : values) add(one.name, one.value);
}

void RemoteConfig::add(const git_config* config) {
    git::ConfigIterator iterator;
    git_config_entry* entry = nullptr;
    const bool is_read = git_config_iterator_new(git::Out(iterator), config) == 0;
    while (is_read && git_config_next(&entry, iterator.get()) == 0) {
        add(entry->name, entry->value != nullptr ? std::optional<std::string>(entry->value) : std::nullopt);
    }
    git_error_clear();
}

void RemoteConfig::add_remote_proxy(std::string url, std::string proxy) {
    remote_proxies_.push_back({std::move(url), std::move(proxy)});
}

std::string RemoteConfig::value(std::string_view name) const {
    std::string found;
    for (const Entry& entry : entries_) {
        if (entry.name == name) found = entry.value;
    }
    return found;
}

std::optional<std::string> RemoteConfig::find_for(std::string_view section, std::string_view key,
                                                  const std::string& url) const {
    const auto target = parse_url(url);
    std::optional<std::string> found;
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

std::string RemoteConfig::last_for(std::string_view section, std::string_view key, const std::string& url) const {
    const auto target = parse_url(url);
    std::string found;
    for (const Entry& entry : entries_) {
        const auto pattern = pattern_of(entry.name, section, key);
        if (pattern && (pattern->empty() || (target.ok() && fit(*pattern, *target)))) found = entry.value;
    }
    return found;
}

// An empty value always drops those before it. As in git, a value that fits less well than one before it is left out.
std::vector<std::string> RemoteConfig::collect(std::string_view section, std::string_view key, const std::string& url,
                                               Unscoped unscoped) const {
    const auto target = parse_url(url);
    const bool picks_best = section == "http";
    std::vector<std::string> found;
    Fit best{};
    for (const Entry& entry : entries_) {
        const auto pattern = pattern_of(entry.name, section, key);
        if (!pattern) continue;
        std::optional<Fit> fits = Fit{};
        if (!pattern->empty()) fits = target.ok() ? fit(*pattern, *target) : std::nullopt;
        if (!fits) continue;
        if (entry.value.empty()) {
            found.clear();
        } else if (picks_best && *fits < best) {
            continue;
        } else if (!pattern->empty() || unscoped == Unscoped::yes) {
            found.push_back(entry.value);
        }
        best = std::max(best, *fits);
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
    const auto text = find_for(section, key, url);
    return text ? git::boolean_of(text).value_or(fallback) : fallback;
}

std::filesystem::path RemoteConfig::path_for(std::string_view section, std::string_view key,
                                             const std::string& url) const {
    const std::string text = value_for(section, key, url);
    if (text.starts_with("~/") && !home_.empty()) return home_ / text.substr(2);
    return text;
}

std::filesystem::path RemoteConfig::file_for(const char* variable, std::string_view key, const std::string& url) const {
    if (auto named = variable_(variable)) return *named;
    return path_for("http", key, url);
}

bool RemoteConfig::allows_v2() const {
    const std::string version = value("protocol.version");
    return version != "0" && version != "1";
}

std::optional<std::string> RemoteConfig::proxy_for(const std::string& url, const Url& remote) const {
    std::optional<std::string> found;
    for (const Entry& one : remote_proxies_) {
        const auto named = parse_url(one.name);
        if (named.ok() && named->without_credentials() == remote.without_credentials()) found = one.value;
    }
    return found ? found : find_for("http", "proxy", url);
}

void set_network(const RemoteConfig& config, const std::string& url, const Url& remote, HttpRequest& request) {
    const auto proxy = config.proxy_for(url, remote);
    request.proxy = proxy.value_or("");
    request.use_proxy = !proxy || !proxy->empty();
    request.ca_file = config.file_for("GIT_SSL_CAINFO", "sslcainfo", url);
    request.ca_folder = config.file_for("GIT_SSL_CAPATH", "sslcapath", url);
    request.client_certificate = config.file_for("GIT_SSL_CERT", "sslcert", url);
    request.client_key = config.file_for("GIT_SSL_KEY", "sslkey", url);
    request.pinned_key = config.value_for("http", "pinnedpubkey", url);
    request.verify_peer = !config.variable("GIT_SSL_NO_VERIFY") && config.flag_for("http", "sslverify", url, true);
    request.is_http_1 = config.value_for("http", "version", url) == "HTTP/1.1";
}

}  // namespace gup::detail
