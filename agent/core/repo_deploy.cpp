// SPDX-License-Identifier: Apache-2.0
#include "core/repo_deploy.hpp"

#include <fmt/format.h>

#include <toml++/toml.h>
#include <algorithm>
#include <array>
#include <sstream>

#include "core/declaration/cron_expression.hpp"
#include "core/declaration/nearest.hpp"
#include "core/declaration/source_address.hpp"
#include "util/text.hpp"
#include "util/url.hpp"
#include "util/utf8.hpp"

namespace gup {
namespace {

enum class RepoDeployValue : bool { text, path };

// Sets the value of a key. A key of the file, or a command-line option only.
struct RepoDeployKey {
    std::string_view name;
    RepoDeployValue kind;
    std::string RepoDeploy::*text;
};

constexpr std::array repo_deploy_keys{
    RepoDeployKey{"remote", RepoDeployValue::text, &RepoDeploy::remote},
    RepoDeployKey{"identity", RepoDeployValue::text, &RepoDeploy::identity},
    RepoDeployKey{"local", RepoDeployValue::path, &RepoDeploy::local},
    RepoDeployKey{"schedule", RepoDeployValue::text, &RepoDeploy::schedule},
    RepoDeployKey{"aws-access-key", RepoDeployValue::text, &RepoDeploy::access_key},
    RepoDeployKey{"cache", RepoDeployValue::path, &RepoDeploy::cache},
    RepoDeployKey{"pre-hooks", RepoDeployValue::path, &RepoDeploy::pre_hooks},
    RepoDeployKey{"post-hooks", RepoDeployValue::path, &RepoDeploy::post_hooks},
};
constexpr std::string_view secret_key_name = "aws-secret-key";

const std::vector<std::string_view>& file_keys() {
    static const std::vector<std::string_view> keys{"remote",         "local",     "schedule",   "aws-access-key",
                                                    "aws-secret-key", "directory", "repository", "identity"};
    return keys;
}

Error repo_deploy_error(const std::string& origin, std::string_view what, std::string_view hint) {
    return {ErrorCode::invalid_input, fmt::format("{}: {}", origin, what), std::string(hint)};
}

std::string unknown_key(const RepoDeploySetting& setting) {
    const std::string near = nearest(setting.key, file_keys());
    return fmt::format("{}: {} is not a key of repo-deploy and is ignored{}", setting.origin, mask_secrets(setting.key),
                       near.empty() ? "" : fmt::format("; did you mean {}?", near));
}

Status add_line(RepoDeployFile& file, std::string_view line, const std::string& origin) {
    line = trimmed(line);
    if (line.empty() || line.front() == '#') return {};
    const auto equals = line.find('=');
    if (equals == std::string_view::npos) {
        return repo_deploy_error(origin, "a line is key=value, or begins with #",
                                 "check that this is repo-deploy's file");
    }
    RepoDeploySetting setting{std::string(trimmed(line.substr(0, equals))),
                              std::string(trimmed(line.substr(equals + 1))), origin};
    const auto& known = file_keys();
    if (std::find(known.begin(), known.end(), setting.key) == known.end()) {
        file.warnings.push_back(unknown_key(setting));
    } else {
        file.settings.push_back(with_its_newer_name(std::move(setting)));
    }
    return {};
}

std::string absolute_path(std::string_view path, std::string_view folder) {
    std::string text = path.starts_with('/') ? std::string(path) : fmt::format("{}/{}", folder, path);
    while (text.size() > 1 && text.ends_with('/')) text.pop_back();
    return text;
}

// The error with the origin of the setting in front.
template <class T>
Status said_at(const RepoDeploySetting& setting, const Result<T>& value) {
    if (value.ok()) return {};
    return repo_deploy_error(setting.origin, value.error().message, value.error().hint);
}

bool is_git(const std::string& remote) {
    const auto source = parse_source(remote);
    return source.ok() && source->kind == SourceKind::git;
}

// With an identity, the remote alone need not be a source.
Status check_remote(const RepoDeploy& wanted, const RepoDeploySetting& remote, const RepoDeploySetting& identity) {
    if (wanted.identity.empty()) return said_at(remote, parse_source(wanted.remote));
    const bool is_plain = wanted.identity.find_first_of("/#?\\ ") == std::string::npos &&
                          wanted.identity.find_first_not_of('.') != std::string::npos;
    if (!is_plain) {
        return repo_deploy_error(identity.origin, "the identity is not the name of a folder or an archive",
                                 "write it like com.example.app");
    }
    return said_at(remote, parse_source(with_identity(wanted.remote, wanted.identity)));
}

// Today's repo-deploy ignores it, and those before 1.0 knew no `remote`.
Status check_identity(const RepoDeployFile& file, bool has_remote) {
    for (const RepoDeploySetting& setting : file.settings) {
        if (setting.key != "identity" || setting.value.empty() || !has_remote) continue;
        return repo_deploy_error(setting.origin, "identity belongs to repository, and not to remote",
                                 "add it to remote: user@host:org/app.git/IDENTITY, https://host/IDENTITY.zip");
    }
    return {};
}

Status check_setting(const RepoDeploySetting& setting) {
    if (setting.key == "schedule") return said_at(setting, CronExpression::parse(setting.value));
    return {};
}

void set_value(RepoDeploy& wanted, const RepoDeploySetting& setting, std::string_view folder) {
    if (setting.key == secret_key_name) wanted.secret_key = Secret(setting.value);
    for (const RepoDeployKey& key : repo_deploy_keys) {
        if (key.name != setting.key) continue;
        wanted.*key.text = key.kind == RepoDeployValue::path ? absolute_path(setting.value, folder) : setting.value;
    }
}

// As TOML writes text.
std::string as_toml(const std::string& text) {
    std::ostringstream out;
    out << toml::value<std::string>(text);
    return out.str();
}

}  // namespace

// The names from before 1.0, when the deployed folder was "current" in a folder with all other files.
RepoDeploySetting with_its_newer_name(RepoDeploySetting setting) {
    if (setting.key == "repository") setting.key = "remote";
    if (setting.key != "directory") return setting;
    setting.key = "local";
    if (!setting.value.empty()) setting.value += "/current";
    return setting;
}

std::string with_identity(const std::string& remote, const std::string& identity) {
    const auto hash = remote.find('#');
    std::string base = remote.substr(0, hash);
    while (base.ends_with('/')) base.pop_back();
    const bool is_s3 = remote.starts_with("s3://");
    if (is_s3 || !is_git(remote)) return base + "/" + identity + ".zip";
    return base + "/" + identity + (hash == std::string::npos ? "" : remote.substr(hash));
}

Result<RepoDeployFile> read_repo_deploy(std::string_view text, const std::string& name) {
    RepoDeployFile file;
    const auto plain = without_byte_order_mark(text);
    if (!plain) return repo_deploy_error(name, utf16_message, utf16_hint);
    text = *plain;
    bool has_remote = false;
    for (unsigned number = 1; !text.empty(); ++number) {
        const std::string_view line = take_until(text, '\n');
        has_remote = has_remote || trimmed(line.substr(0, line.find('='))) == "remote";
        GUP_CHECK(add_line(file, line, fmt::format("{}:{}", name, number)));
    }
    GUP_CHECK(check_identity(file, has_remote));
    return file;
}

Result<RepoDeploy> make_repo_deploy(const std::vector<RepoDeploySetting>& settings, std::string_view folder) {
    RepoDeploy wanted;
    RepoDeploySetting remote;
    RepoDeploySetting identity;
    for (auto setting = settings.begin(); setting != settings.end(); ++setting) {
        // A setting that is overridden is not checked.
        const auto overrides = [&](const RepoDeploySetting& later) {
            return later.key == setting->key && !later.value.empty();
        };
        if (setting->value.empty() || std::any_of(setting + 1, settings.end(), overrides)) continue;
        GUP_CHECK(check_setting(*setting));
        set_value(wanted, *setting, folder);
        if (setting->key == "remote") remote = *setting;
        if (setting->key == "identity") identity = *setting;
    }
    if (wanted.remote.empty()) {
        return Error{ErrorCode::invalid_input, "there is no remote to deploy",
                     fmt::format("set remote=… in {}, or give --remote", repo_deploy_file)};
    }
    GUP_CHECK(check_remote(wanted, remote, identity));
    if (!wanted.identity.empty()) wanted.remote = with_identity(wanted.remote, wanted.identity);
    if (!wanted.remote.starts_with("s3://")) {
        wanted.access_key.clear();
        wanted.secret_key = {};
    }
    if (wanted.access_key.empty() != wanted.secret_key.empty()) {
        return Error{ErrorCode::invalid_input, "aws-access-key and aws-secret-key belong together, and one is missing",
                     "set both, or none to use the usual AWS credential sources"};
    }
    return wanted;
}

std::string repo_deploy_toml(const RepoDeploy& wanted, const std::string& origin) {
    std::string text = fmt::format(
        "# The repo-deploy settings of {0}, for gup-agent.\n"
        "root  = {1}  # releases; {2} is a link to the active one\n"
        "state = {3}\n"
        "log   = \"/var/log/ext/repo-deploy.log\"\n\n"
        "[run]\n"
        "delay  = \"0s\"\n"
        "reboot = false\n\n"
        "[schedule]  # of gup-agent daemon\n"
        "times = {4}\n\n"
        "[update]\n"
        "retry-rolled-back = true  # by the next run\n\n"
        "[hooks]\n"
        "pre-update  = {5}\n"
        "post-update = {6}\n"
        "timeout     = \"1h\"  # repo-deploy has no limit\n\n"
        "[logging]\n"
        "quiet-noop = true\n\n"
        "[[connector]]\n"
        "name   = \"{2}\"\n"
        "source = {7}\n"
        "local  = {8}\n",
        origin, as_toml(wanted.cache), repo_deploy_connector, as_toml(wanted.cache + "/state"),
        as_toml(wanted.schedule), as_toml(wanted.pre_hooks), as_toml(wanted.post_hooks), as_toml(wanted.remote),
        as_toml(wanted.local));
    if (!wanted.access_key.empty()) {
        text += fmt::format("access-key = {}\nsecret-key = {}\n", as_toml(wanted.access_key),
                            as_toml(wanted.secret_key.reveal()));
    }
    return text;
}

}  // namespace gup
