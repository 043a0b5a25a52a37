#include "host/schedulers.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <optional>

#include "host/machine.hpp"
#include "util/process.hpp"

namespace gup {
namespace {

constexpr std::uint64_t table_limit = 1U << 20U;
constexpr Milliseconds crontab_patience{5000};
constexpr std::string_view timer_name = "gup-agent.timer";
constexpr std::string_view old_script = "client-connector-updater";

// The words of a shell command, near enough: what quotes and operators separate.
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

bool starts_agent(std::string_view line) {
    const auto words = words_of(line);
    const auto program = std::find_if(words.begin(), words.end(), [](std::string_view word) {
        return word.substr(word.rfind('/') + 1) == "gup-agent";
    });
    return std::any_of(program, words.end(), [](std::string_view word) { return word == "run" || word == "now"; });
}

// A line with a time, and neither a comment nor a variable.
bool is_entry(std::string_view line) {
    return !line.empty() && (std::isdigit(static_cast<unsigned char>(line.front())) != 0 || line.front() == '*' ||
                             line.front() == '@' || line.front() == '-');
}

// cron passes over files in its folder with a dot in their name, of others than root, and that others can change.
std::string why_cron_ignores(const fs::path& file) {
    const std::string name = file.filename().string();
    const bool plain = std::all_of(name.begin(), name.end(),
                                   [](unsigned char c) { return std::isalnum(c) != 0 || c == '_' || c == '-'; });
    if (!plain) return "cron ignores it: only letters, digits, - and _ may be in the file's name";
    const auto info = file_info(file);
    if (!info.ok() || !*info) return {};
    if ((*info)->owner != 0) return "cron ignores it: the file does not belong to root";
    if (((*info)->mode & (S_IWGRP | S_IWOTH)) != 0) return "cron ignores it: others than root may change the file";
    return {};
}

class Finder {
public:
    explicit Finder(const SchedulerPlaces& places) : places_(places) {}

    SchedulerFacts find() {
        find_timer();
        add_table(places_.crontab, {});
        if (const auto names = list_folder(places_.cron_folder); names.ok()) {
            for (const std::string& name : *names) {
                add_table(places_.cron_folder / name, why_cron_ignores(places_.cron_folder / name));
            }
        }
        find_in_spool();
        facts_.cron_runs = any_runs({"cron", "crond", "fcron", "bcron-sched"}, places_.proc);
        return std::move(facts_);
    }

private:
    void find_timer() {
        const fs::path link = places_.units / "timers.target.wants" / timer_name;
        const auto entry = file_info(link, Follow::no);
        if (!entry.ok() || !*entry) return;
        Scheduler timer{SchedulerKind::timer, std::string(timer_name), {}, {}};
        if (!is_folder(places_.systemd)) timer.inactive = "it is enabled, but systemd does not run this machine";
        if (!is_file(link)) timer.inactive = fmt::format("it is enabled, but the unit is gone: {}", link.string());
        has_timer_ = timer.inactive.empty();
        facts_.found.push_back(std::move(timer));
    }

    void add_table(const fs::path& file, const std::string& inactive) {
        if (const auto text = read_file(file, table_limit); text.ok()) add_text(*text, file.string(), inactive);
    }

    void add_text(std::string_view text, const std::string& place, const std::string& inactive) {
        for (Scheduler& one : read_crontab(text, place)) {
            one.inactive = inactive;
            // The package's line leaves the run to the timer where that is enabled.
            if (has_timer_ && one.command.find(timer_name) != std::string::npos) {
                one.inactive = "it leaves the run to gup-agent.timer";
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
    bool has_timer_ = false;
};

}  // namespace

std::vector<Scheduler> read_crontab(std::string_view text, const std::string& place) {
    std::vector<Scheduler> found;
    for (int number = 1; !text.empty(); ++number) {
        const auto end = std::min(text.find('\n'), text.size());
        std::string_view line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
        if (!is_entry(line)) continue;
        // An agent may lie in the folder that the script had.
        const bool is_old = !starts_agent(line);
        if (is_old && line.find(old_script) == std::string_view::npos) continue;
        found.push_back({is_old ? SchedulerKind::old_script : SchedulerKind::cron,
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
