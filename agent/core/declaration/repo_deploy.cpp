#include "core/declaration/repo_deploy.hpp"

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
    RepoDeployKey{"local", RepoDeployValue::path, &RepoDeploy::local},
    RepoDeployKey{"schedule", RepoDeployValue::text, &RepoDeploy::schedule},
    RepoDeployKey{"aws-access-key", RepoDeployValue::text, &RepoDeploy::access_key},
    RepoDeployKey{"cache", RepoDeployValue::path, &RepoDeploy::cache},
    RepoDeployKey{"pre-hooks", RepoDeployValue::path, &RepoDeploy::pre_hooks},
    RepoDeployKey{"post-hooks", RepoDeployValue::path, &RepoDeploy::post_hooks},
};
constexpr std::string_view secret_key_name = "aws-secret-key";

const std::vector<std::string_view>& file_keys() {
    static const std::vector<std::string_view> keys{"remote",         "local",     "schedule",  "aws-access-key",
                                                    "aws-secret-key", "directory", "repository"};
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

// The names from before 1.0, when the deployed folder was "current" in a folder with all other files.
RepoDeploySetting with_its_newer_name(RepoDeploySetting setting) {
    if (setting.key == "repository") setting.key = "remote";
    if (setting.key != "directory") return setting;
    setting.key = "local";
    if (!setting.value.empty()) setting.value += "/current";
    return setting;
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
    if (setting.key == "identity") {
        return repo_deploy_error(origin, "identity is no longer supported: it was a folder of the remote",
                                 "add it to remote: user@host:org/app.git/IDENTITY, https://host/IDENTITY.zip");
    }
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

Status check_setting(const RepoDeploySetting& setting) {
    if (setting.key == "remote") return said_at(setting, parse_source(setting.value));
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
std::string quoted(const std::string& text) {
    std::ostringstream out;
    out << toml::value<std::string>(text);
    return out.str();
}

}  // namespace

Result<RepoDeployFile> read_repo_deploy(std::string_view text, const std::string& name) {
    RepoDeployFile file;
    for (unsigned number = 1; !text.empty(); ++number) {
        GUP_CHECK(add_line(file, take_until(text, '\n'), fmt::format("{}:{}", name, number)));
    }
    return file;
}

Result<RepoDeploy> make_repo_deploy(const std::vector<RepoDeploySetting>& settings, std::string_view folder) {
    RepoDeploy wanted;
    for (auto setting = settings.begin(); setting != settings.end(); ++setting) {
        // A setting that is overridden is not checked.
        const auto overrides = [&](const RepoDeploySetting& later) {
            return later.key == setting->key && !later.value.empty();
        };
        if (setting->value.empty() || std::any_of(setting + 1, settings.end(), overrides)) continue;
        GUP_CHECK(check_setting(*setting));
        set_value(wanted, *setting, folder);
    }
    if (wanted.remote.empty()) {
        return Error{ErrorCode::invalid_input, "there is no remote to deploy",
                     fmt::format("set remote=… in {}, or give --remote", repo_deploy_file)};
    }
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
        origin, quoted(wanted.cache), repo_deploy_connector, quoted(wanted.cache + "/state"), quoted(wanted.schedule),
        quoted(wanted.pre_hooks), quoted(wanted.post_hooks), quoted(wanted.remote), quoted(wanted.local));
    if (!wanted.access_key.empty()) {
        text += fmt::format("access-key = {}\nsecret-key = {}\n", quoted(wanted.access_key),
                            quoted(wanted.secret_key.reveal()));
    }
    return text;
}

}  // namespace gup
