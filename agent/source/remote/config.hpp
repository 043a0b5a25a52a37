// SPDX-License-Identifier: Apache-2.0
// The part of git's configuration for access to remotes: http.*, http.<url>.*, credential.*, core.sshCommand,
// protocol.version; and the variables of the environment that are stronger.
#pragma once

#include "source/gitconfig/config_places.hpp"
#include "util/http/http.hpp"
#include "util/url.hpp"

#include <git2.h>

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gup::detail {

class RemoteConfig {
public:
    explicit RemoteConfig(std::filesystem::path home);

    // The values for access to remotes, the strongest last.
    void add(const git::ConfigValues& values);
    // All levels of it, the highest last. No file is read again.
    void add(const git_config* config);
    // remote.<name>.proxy of the remote with this URL; empty: no proxy.
    void add_remote_proxy(std::string url, std::string proxy);

    // The last value of `section.key` (lower case); empty if there is none.
    [[nodiscard]] std::string value(std::string_view name) const;
    // The value of `section.<url>.key` that fits `url` best, else of `section.key` (git's urlmatch). Nullopt: it is not
    // set, which is not the same as empty.
    [[nodiscard]] std::optional<std::string> find_for(std::string_view section, std::string_view key,
                                                      const std::string& url) const;
    [[nodiscard]] std::string value_for(std::string_view section, std::string_view key, const std::string& url) const {
        return find_for(section, key, url).value_or("");
    }
    // The last of all values that fit, as git takes those of credential.*.
    [[nodiscard]] std::string last_for(std::string_view section, std::string_view key, const std::string& url) const;
    // All values, for keys that may be repeated. An empty value drops those before it.
    [[nodiscard]] std::vector<std::string> values_for(std::string_view section, std::string_view key,
                                                      const std::string& url) const;
    // The headers of http.extraHeader for a request to `url`. Those of `http.<url>.extraHeader` are sent wherever their
    // URL fits; those for all URLs only to the server of `home`, the remote that the operator configured (of an ssh
    // remote: to https on its host). So neither a redirect nor a submodule sends a token to another server.
    [[nodiscard]] std::vector<std::string> headers_for(const std::string& url, const Url& home) const;
    // Like git's boolean; `fallback` for a missing or malformed value.
    [[nodiscard]] bool flag_for(std::string_view section, std::string_view key, const std::string& url,
                                bool fallback) const;
    // A path: "~/" is the user's home.
    [[nodiscard]] std::filesystem::path path_for(std::string_view section, std::string_view key,
                                                 const std::string& url) const;
    // The file of a variable, else of a key; empty: none is named.
    [[nodiscard]] std::filesystem::path file_for(const char* variable, std::string_view key,
                                                 const std::string& url) const;
    // True if protocol.version allows version 2, also if it is not set.
    [[nodiscard]] bool allows_v2() const;
    // The proxy of the remote, else of `url`, before http_proxy and the like; empty: none, nullopt: not set.
    [[nodiscard]] std::optional<std::string> proxy_for(const std::string& url, const Url& remote) const;
    // A variable of the environment; nullopt when it is not set, or not for this user.
    [[nodiscard]] std::optional<std::string> variable(const char* name) const { return variable_(name); }

private:
    enum class Unscoped : bool { no, yes };
    [[nodiscard]] std::vector<std::string> collect(std::string_view section, std::string_view key,
                                                   const std::string& url, Unscoped unscoped) const;

    struct Entry {
        std::string name;
        std::string value;
    };
    void add(std::string_view name, const std::optional<std::string>& value);

    std::filesystem::path home_;
    git::ConfigVariable variable_;
    std::vector<Entry> entries_;         // from the system's to the repository's
    std::vector<Entry> remote_proxies_;  // URLs and proxies
};

// The settings of git for `url`: proxy, certificates, the version of HTTP. `remote`: what was asked first.
void set_network(const RemoteConfig& config, const std::string& url, const Url& remote, HttpRequest& request);

}  // namespace gup::detail
