// SPDX-License-Identifier: Apache-2.0
// The configuration of repo-deploy, a Python tool (1.0.8 on PyPI) that keeps a folder equal to a repository or an
// archive. It is a file of key=value lines; options and environment variables may replace it. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "util/result.hpp"
#include "util/secret.hpp"

namespace gup {

inline constexpr const char* repo_deploy_file = "/etc/repo-deploy/repo-deploy.cfg";

// Its settings; all paths are absolute.
struct RepoDeploy {
    std::string remote;    // in the form of core/declaration/source_address, with the identity in it
    std::string identity;  // of versions before 1.0: the name of a folder, or of an archive, of the remote; empty: none
    std::string local = "/var/deploy/current";
    std::string schedule = "* * * * *";
    std::string access_key;  // for a remote in S3, with secret_key; empty: found elsewhere
    Secret secret_key;
    std::string cache = "/var/cache/repo-deploy";
    std::string pre_hooks = "/etc/repo-deploy/pre-update.d";
    std::string post_hooks = "/etc/repo-deploy/post-update.d";
};

// One setting and its origin: "/etc/repo-deploy/repo-deploy.cfg:3", "--remote".
struct RepoDeploySetting {
    std::string key;  // of the file, or "cache", "pre-hooks", "post-hooks"
    std::string value;
    std::string origin;
};

struct RepoDeployFile {
    std::vector<RepoDeploySetting> settings;  // in the order of the file; the older keys have their newer names
    std::vector<std::string> warnings;        // for unknown keys; repo-deploy ignores them
};

// Reads the text of the file `name`. Lines that begin with # are comments. Blanks around key and value are removed,
// quotes are kept. Fails with invalid_input, and never quotes a value: it may be a secret.
[[nodiscard]] Result<RepoDeployFile> read_repo_deploy(std::string_view text, const std::string& name);

// A later setting overrides an earlier one; empty ones are ignored. Relative paths are relative to `folder`. Fails with
// invalid_input for a missing remote or a malformed value; the message begins with the origin.
[[nodiscard]] Result<RepoDeploy> make_repo_deploy(const std::vector<RepoDeploySetting>& settings,
                                                  std::string_view folder);

// The remote with the identity of versions before 1.0: remote/IDENTITY.zip of an archive, the folder IDENTITY of a git
// repository. A folder's name may be written with dots (php.www.prod) for folders in each other (php/www/prod).
[[nodiscard]] std::string with_identity(const std::string& remote, const std::string& identity);

// A setting with the name that it has today: `repository` is the remote, the deployed folder was "current" in
// `directory`.
[[nodiscard]] RepoDeploySetting with_its_newer_name(RepoDeploySetting setting);

// The same as gup-agent.toml, including secrets. `origin` is for its comment.
[[nodiscard]] std::string repo_deploy_toml(const RepoDeploy& wanted, const std::string& origin);

// The name of repo-deploy's connector. Always the same, so that another remote is another release of it.
inline constexpr const char* repo_deploy_connector = "current";

}  // namespace gup
