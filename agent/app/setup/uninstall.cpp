// SPDX-License-Identifier: Apache-2.0
#include "app/setup/uninstall.hpp"

#include <fmt/format.h>

#include "transaction/journal.hpp"
#include "update/agenda.hpp"
#include "util/clock.hpp"
#include "util/sys/directory.hpp"
#include "util/sys/lock.hpp"

namespace gup {
namespace {

fs::path folder_of(const Config& config) {
    return config.executable.parent_path();
}

// gup.log and gup.1.log, with the settings' name.
bool is_a_log(const Config& config, const fs::path& file) {
    const fs::path& log = config.log.file;
    const std::string stem = log.stem().string();
    const std::string name = file.stem().string();
    return file.extension() == log.extension() && (name == stem || name.starts_with(stem + "."));
}

Status check_is_portable(const Config& config) {
    const std::string folder = folder_of(config).string();
    if (!folder.starts_with("/usr/") && !folder.empty()) return {};
    return Error{ErrorCode::unsupported, fmt::format("{} belongs to a package", config.executable.string()),
                 "apt remove gup-agent; apt purge gup-agent also removes its configuration and state"};
}

Status check_is_quiet(const Config& config) {
    const auto daemon = lock_holder(daemon_lock_file(config.update.state));
    if (daemon.ok() && *daemon > 0) {
        return Error{ErrorCode::conflict, fmt::format("the daemon runs as process {}", *daemon),
                     fmt::format("end it first: kill {}", *daemon)};
    }
    if (journals(config.update.state).empty()) return {};
    return Error{ErrorCode::conflict, "a change was interrupted and is not finished yet", "gup-agent recover"};
}

// Of the state: what a new agent could use again is kept on request.
void add_state(const fs::path& state, OperatorFiles own, UninstallPlan& plan) {
    const auto names = list_folder(state);
    if (!names.ok()) return;
    if (own == OperatorFiles::removed) return plan.remove.push_back(state);
    for (const std::string& name : *names) {
        const bool is_kept = name == "keys" || name == "known_hosts" || name.starts_with("crontab.before-");
        (is_kept ? plan.keep : plan.remove).push_back(state / name);
    }
}

}  // namespace

Result<UninstallPlan> plan_uninstall(const Config& config, OperatorFiles own) {
    GUP_CHECK(check_is_portable(config));
    GUP_CHECK(check_is_quiet(config));
    UninstallPlan plan;
    auto before = read_own_crontab();
    if (!before.ok() && before.error().code != ErrorCode::not_found) return before.error();
    if (before.ok()) {
        CrontabEdit edit = remove_program(*before, config.executable);
        plan.crontab_before = *std::move(before);
        if (!edit.changes.empty()) plan.crontab = std::move(edit);
    }
    // Only what is next to the program: another folder of the configuration may have other things, too.
    const fs::path folder = folder_of(config);
    GUP_TRY(const auto names, list_folder(folder));
    for (const std::string& name : names) {
        const fs::path path = folder / name;
        if (config.log.file.parent_path() == folder && is_a_log(config, path)) plan.remove.push_back(path);
        if (name != "gup-agent.toml") continue;
        (own == OperatorFiles::removed ? plan.remove : plan.keep).push_back(path);
    }
    if (config.update.state == folder / "state") {
        add_state(config.update.state, own, plan);
    } else {
        plan.keep.push_back(config.update.state);
    }
    plan.remove.push_back(config.executable);
    return plan;
}

Status uninstall(const Config& config, const UninstallPlan& plan) {
    if (plan.crontab) {
        const fs::path backup = folder_of(config) / fmt::format("crontab.before-{}", system_clock().now());
        GUP_CHECK(write_own_crontab(plan.crontab->text, plan.crontab_before, backup));
    }
    for (const fs::path& path : plan.remove) GUP_CHECK(remove_tree(path));
    // Stays while something is in it.
    std::error_code error;
    fs::remove(config.update.state, error);
    fs::remove(folder_of(config), error);
    return {};
}

}  // namespace gup
