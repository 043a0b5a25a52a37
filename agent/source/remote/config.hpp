// The part of git's configuration for access to remotes: http.*, http.<url>.*, credential.*, core.sshCommand,
// protocol.version.
#pragma once

#include "util/http/http.hpp"
#include "util/url.hpp"

#include <git2.h>

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace gup::detail {

class RemoteConfig {
public:
    explicit RemoteConfig(std::filesystem::path home) : home_(std::move(home)) {}

    // A missing or unreadable file is treated as empty, as in git.
    void add_file(const std::filesystem::path& path, git_config_level_t level, git_repository* repository);

    // All of its levels, the highest last. No file is read again.
    void add(const git_config* config);

    // The last value of `section.key` (lower case); empty if there is none.
    [[nodiscard]] std::string value(std::string_view name) const;
    // The value of `section.<url>.key` that fits `url` best, else of `section.key` (git's urlmatch).
    [[nodiscard]] std::string value_for(std::string_view section, std::string_view key, const std::string& url) const;
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
    // True if protocol.version allows version 2, also if it is not set.
    [[nodiscard]] bool allows_v2() const;

private:
    enum class Unscoped : bool { no, yes };
    [[nodiscard]] std::vector<std::string> collect(std::string_view section, std::string_view key,
                                                   const std::string& url, Unscoped unscoped) const;

    struct Entry {
        std::string name;
        std::string value;
    };
    std::filesystem::path home_;
    std::vector<Entry> entries_;  // from the system's to the repository's
};

// The settings of git's configuration for `url`: proxy, CA, whether certificates are checked.
void set_network(const RemoteConfig& config, const std::string& url, HttpRequest& request);

}  // namespace gup::detail
