// The configuration of repo-deploy, a Python tool (1.0.8 on PyPI) that keeps a folder as a repository or an archive is:
// a file of key=value lines, in whose place options and environment variables may stand. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "util/result.hpp"
#include "util/secret.hpp"

namespace gup {

inline constexpr const char* repo_deploy_file = "/etc/repo-deploy/repo-deploy.cfg";

// What it is to do; all paths are absolute.
struct RepoDeploy {
    std::string remote;  // as core/source_address reads it
    std::string local = "/var/deploy/current";
    std::string schedule = "* * * * *";
    std::string access_key;  // of a remote in S3, with the secret one; empty: found elsewhere
    Secret secret_key;
    std::string cache = "/var/cache/repo-deploy";
    std::string pre_hooks = "/etc/repo-deploy/pre-update.d";
    std::string post_hooks = "/etc/repo-deploy/post-update.d";
};

// One thing that was said, and where: "/etc/repo-deploy/repo-deploy.cfg:3", "--remote".
struct RepoDeploySetting {
    std::string key;  // of the file, or "cache", "pre-hooks", "post-hooks"
    std::string value;
    std::string origin;
};

struct RepoDeployFile {
    std::vector<RepoDeploySetting> settings;  // in the order of the file; the older keys have their newer names
    std::vector<std::string> warnings;        // of keys that nobody knows; repo-deploy passes over them
};

// Reads the text of the file `name`. Lines that begin with # are comments, blanks around key and value do not count,
// quotes do. Fails with invalid_input, and never quotes a value: it may be a secret.
[[nodiscard]] Result<RepoDeployFile> read_repo_deploy(std::string_view text, const std::string& name);

// A later setting counts over an earlier one, an empty one not at all. Relative paths are relative to `folder`. Fails
// with invalid_input when there is no remote, or what is said makes no sense; the message begins with where.
[[nodiscard]] Result<RepoDeploy> make_repo_deploy(const std::vector<RepoDeploySetting>& settings,
                                                  std::string_view folder);

// The same as gup-agent.toml, secrets and all. `origin` is for its comment.
[[nodiscard]] std::string repo_deploy_toml(const RepoDeploy& wanted, const std::string& origin);

// What the connector is called that repo-deploy keeps. Always the same, so that another remote is another state of it.
inline constexpr const char* repo_deploy_connector = "current";

}  // namespace gup
