// SPDX-License-Identifier: Apache-2.0
#include "doctor/schedulers.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <optional>

#include "doctor/machine.hpp"
#include "util/process/process.hpp"
#include "util/sys/directory.hpp"
#include "util/sys/lock.hpp"
#include "util/text.hpp"

namespace gup {
namespace {

constexpr std::uint64_t table_limit = 1U << 20U;
constexpr Milliseconds crontab_patience{5000};
constexpr std::string_view timer_name = "gup-agent.timer";
constexpr std::string_view daemon_name = "gup-agent-daemon.service";
constexpr std::string_view old_script = "client-connector-updater";

// The words of a shell command, roughly: separated by quotes and operators.
std::vector<std::string_view> words_of(std::string_view line) {
    constexpr std::string_view between = " \t\"'();&|`<>";
    std::vector<std::string_view> words;
    while (!line.empty()) {
        const auto begin = line.find_first_not_of(between);
        if (begin == std::string_view::npos) break;
        line.remove_prefix(begin);
        const auto end = std::min(line.find_first_of(between), line.size());
        words.push_back(line.substr(0, end));
        line.remove_prefix(end);
    }
    return words;
}

// The agent's command in `line` that starts runs; empty: none.
std::string_view command_of(std::string_view line) {
    const auto words = words_of(line);
    const auto program = std::find_if(words.begin(), words.end(), [](std::string_view word) {
        return word.substr(word.rfind('/') + 1) == "gup-agent";
    });
    const auto command = std::find_if(
        program, words.end(), [](std::string_view word) { return word == "run" || word == "now" || word == "daemon"; });
    return command == words.end() ? std::string_view() : *command;
}

// A line with a time: neither a comment nor a variable.
bool is_entry(std::string_view line) {
    return !line.empty() && (std::isdigit(static_cast<unsigned char>(line.front())) != 0 || line.front() == '*' ||
                             line.front() == '@' || line.front() == '-');
}

// cron ignores files in its folder that have a dot in their name, do not belong to root, or can be changed by others.
std::string why_cron_ignores(const fs::path& file) {
    const std::string name = file.filename().string();
    const bool plain = std::all_of(name.begin(), name.end(),
                                   [](unsigned char c) { return std::isalnum(c) != 0 || c == '_' || c == '-'; });
    if (!plain) return "cron ignores it: only letters, digits, - and _ may be in the file's name";
    const auto info = file_info(file);
    if (!info.ok() || !*info) return {};
    if ((*info)->owner != 0) return "cron ignores it: the file does not belong to root";
    if (((*info)->mode & (S_IWGRP | S_IWOTH)) != 0) return "cron ignores it: users other than root may change the file";
    return {};
}

class Finder {
public:
    explicit Finder(const SchedulerPlaces& places) : places_(places) {}

    SchedulerFacts find() {
        find_unit(SchedulerKind::timer, "timers.target.wants", timer_name);
        find_unit(SchedulerKind::daemon, "multi-user.target.wants", daemon_name);
        add_table(places_.crontab, {});
        if (const auto names = list_folder(places_.cron_folder); names.ok()) {
            for (const std::string& name : *names) {
                add_table(places_.cron_folder / name, why_cron_ignores(places_.cron_folder / name));
            }
        }
        find_in_spool();
        find_daemon();
        facts_.has_timer_unit = is_folder(places_.systemd) &&
                                std::any_of(places_.unit_files.begin(), places_.unit_files.end(),
                                            [](const fs::path& folder) { return is_file(folder / timer_name); });
        facts_.cron_runs = any_runs({"cron", "crond", "fcron", "bcron-sched"}, places_.proc);
        return std::move(facts_);
    }

private:
    void find_unit(SchedulerKind kind, const char* wanted_by, std::string_view name) {
        const fs::path link = places_.units / wanted_by / name;
        const auto entry = file_info(link, Follow::no);
        if (!entry.ok() || !*entry) return;
        Scheduler unit{kind, std::string(name), {}, {}};
        if (!is_folder(places_.systemd)) unit.inactive = "it is enabled, but systemd does not run this machine";
        if (!is_file(link))
            unit.inactive = fmt::format("it is enabled, but the unit no longer exists: {}", link.string());
        if (unit.inactive.empty()) enabled_units_.push_back(name);
        facts_.found.push_back(std::move(unit));
    }

    // A daemon that is not enabled: started by hand or by a crontab.
    void find_daemon() {
        const auto is_it = [](const Scheduler& one) {
            return one.kind == SchedulerKind::daemon && one.inactive.empty();
        };
        if (places_.daemon_lock.empty() || std::any_of(facts_.found.begin(), facts_.found.end(), is_it)) return;
        const auto holder = lock_holder(places_.daemon_lock);
        if (!holder.ok() || *holder == 0) return;
        facts_.found.push_back({SchedulerKind::daemon, fmt::format("gup-agent daemon (process {})", *holder), {}, {}});
    }

    void add_table(const fs::path& file, const std::string& inactive) {
        if (const auto text = read_file(file, table_limit); text.ok()) add_text(*text, file.string(), inactive);
    }

    void add_text(std::string_view text, const std::string& place, const std::string& inactive) {
        for (Scheduler& one : read_crontab(text, place)) {
            one.inactive = inactive;
            // The package's line does nothing if the timer or the daemon is enabled.
            for (const std::string_view unit : enabled_units_) {
                if (one.command.find(unit) != std::string::npos) {
                    one.inactive = fmt::format("it leaves the run to {}", unit);
                }
            }
            facts_.found.push_back(std::move(one));
        }
    }

    void find_in_spool() {
        const auto names = list_folder(places_.spool);
        if (names.ok()) {
            for (const std::string& name : *names) add_table(places_.spool / name, {});
            return;
        }
        if (names.error().code == ErrorCode::not_found) return;
        facts_.all_seen = false;
        ProcessRequest request;
        request.argv = {"crontab", "-l"};
        request.timeout = crontab_patience;
        const auto own = run_process(request);
        if (own.ok() && own->success()) add_text(own->out, "crontab -l", {});
    }

    const SchedulerPlaces& places_;
    SchedulerFacts facts_;
    std::vector<std::string_view> enabled_units_;
};

}  // namespace

std::vector<Scheduler> read_crontab(std::string_view text, const std::string& place) {
    std::vector<Scheduler> found;
    for (int number = 1; !text.empty(); ++number) {
        std::string_view line = take_until(text, '\n');
        line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
        if (!is_entry(line)) continue;
        // An agent may be in the folder of the old script.
        const std::string_view command = command_of(line);
        if (command.empty() && line.find(old_script) == std::string_view::npos) continue;
        found.push_back({command.empty()       ? SchedulerKind::old_script
                         : command == "daemon" ? SchedulerKind::daemon
                                               : SchedulerKind::cron,
                         fmt::format("{}:{}", place, number),
                         std::string(line),
                         {}});
    }
    return found;
}

SchedulerFacts find_schedulers(const SchedulerPlaces& places) {
    return Finder(places).find();
}

}  // namespace gup
