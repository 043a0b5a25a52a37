// SPDX-License-Identifier: Apache-2.0
#include "app/daemon/deploy_command.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <utility>

#include "app/command/commands.hpp"
#include "app/command/update_command.hpp"
#include "app/daemon/daemon.hpp"
#include "app/output/message.hpp"
#include "app/output/print_text.hpp"
#include "core/repo_deploy.hpp"
#include "util/log/log.hpp"
#include "util/sys/directory.hpp"
#include "util/sys/file.hpp"

namespace gup {
namespace {

struct DeployWish {
    RepoDeploy wanted;
    fs::path file;                      // of key=value lines; may be missing
    std::vector<std::string> warnings;  // of that file
};

Result<RepoDeployFile> read_file_if_wanted(const fs::path& file, bool is_named) {
    const auto text = read_file(file, 1U << 20U);
    if (text.ok()) return read_repo_deploy(*text, file.native());
    if (!is_named && text.error().code == ErrorCode::not_found) return RepoDeployFile{};
    return Error{ErrorCode::invalid_input, text.error().message, text.error().hint};
}

// Environment, file, options: a later one overrides.
Result<DeployWish> read_wish(const CommandLine& line, const ConfigSources& sources) {
    DeployWish wish;
    std::vector<RepoDeploySetting> settings;
    for (const auto& [key, name] :
         {std::pair{"remote", "REMOTE_REPOSITORY"}, {"local", "LOCAL_REPOSITORY"}, {"schedule", "UPDATE_SCHEDULE"}}) {
        settings.push_back({key, sources.environment(name).value_or(""), std::string("$") + name});
    }
    wish.file = line.config.empty() ? fs::path(repo_deploy_file) : line.config;
    GUP_TRY(RepoDeployFile file, read_file_if_wanted(wish.file, !line.config.empty()));
    settings.insert(settings.end(), file.settings.begin(), file.settings.end());
    settings.push_back({"remote", line.deploy.remote, "--remote"});
    settings.push_back({"identity", line.deploy.identity, "--id"});
    settings.push_back(with_its_newer_name({"directory", line.deploy.directory, "--directory"}));
    settings.push_back({"local", line.deploy.local, "--local"});
    settings.push_back({"cache", line.deploy.cache, "--cache"});
    settings.push_back({"pre-hooks", line.pre_hooks.native(), "--pre-hooks"});
    settings.push_back({"post-hooks", line.post_hooks.native(), "--post-hooks"});
    std::error_code gone;
    GUP_TRY(wish.wanted, make_repo_deploy(settings, fs::current_path(gone).native()));
    wish.warnings = std::move(file.warnings);
    return wish;
}

// Hooks of repo-deploy run where it was started. "/" when that folder is gone.
fs::path hooks_folder() {
    std::error_code gone;
    fs::path here = fs::current_path(gone);
    return gone ? fs::path("/") : here;
}

// Uses the text that `import` prints.
Result<Config> load_wish(const CommandLine& line, ConfigSources sources) {
    GUP_TRY(const DeployWish wish, read_wish(line, sources));
    for (const std::string& warning : wish.warnings) log::warning({}, warning);
    GUP_CHECK(make_folders(wish.wanted.cache));
    sources.file = wish.file;
    sources.text = repo_deploy_toml(wish.wanted, wish.file.native());
    GUP_TRY(Config config, load_config(sources));
    config.update.hooks.folder = hooks_folder();
    return config;
}

}  // namespace

ExitCode deploy_command(CommandLine line, const ConfigSources& sources) {
    if (line.verbosity == Verbosity::normal) line.verbosity = Verbosity::quiet;
    const auto load = [&] { return load_wish(line, sources); };
    auto config = load();
    if (!config.ok()) return report_error(line, config.error());
    open_log(line, *config);
    if (line.deploy.fetches_once) return update_command(line, *config);
    const DeclaredConnector& declared = config->update.declared.front();
    log::info({}, fmt::format("deploying {} to {}", display(declared.source), declared.local));
    return daemon_command(line, std::move(config).value(), load);
}

ExitCode import_command(const CommandLine& line, const ConfigSources& sources) {
    const auto wish = read_wish(line, sources);
    if (!wish.ok()) return report_error(line, wish.error());
    for (const std::string& warning : wish->warnings) print_remark(line, warning);
    if (!wish->wanted.secret_key.empty()) {
        print_remark(line, "the output contains the secret key: keep it private (umask 077)");
    }
    print_text("{}", repo_deploy_toml(wish->wanted, wish->file.native()));
    return ExitCode::success;
}

}  // namespace gup
