// SPDX-License-Identifier: Apache-2.0
#include "doctor/gateway_checks.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "core/declaration/update_window.hpp"
#include "doctor/gateway_findings.hpp"
#include "doctor/machine.hpp"
#include "doctor/schedulers.hpp"
#include "host/exposure.hpp"
#include "host/reboot.hpp"
#include "selfupdate/installation.hpp"
#include "source/remote/unheeded.hpp"
#include "status/last_run.hpp"
#include "transaction/journal.hpp"
#include "update/agenda.hpp"
#include "update/supervise/run_marker.hpp"
#include "util/http/ca_bundle.hpp"
#include "util/process/process.hpp"
#include "util/sys/free_space.hpp"
#include "util/sys/lock.hpp"
#include "util/sys/symlink.hpp"
#include "util/units.hpp"
#include "util/url.hpp"
#include "util/worker/sandbox.hpp"

namespace gup {
namespace {

// Free space that must remain after an update, so that the connectors can continue to write.
constexpr std::uint64_t reserve_bytes = 16 * mebibyte;
constexpr std::uint64_t reserve_files = 500;
constexpr std::uint64_t state_bytes = mebibyte;
constexpr std::uint64_t files_of_its_own = 20;
// The download, its unpacked content, and the previous agent.
constexpr std::uint64_t new_agent_bytes = 12 * mebibyte;
constexpr std::size_t servers_asked = 2;

// The Date of a server's answer; nullopt without an answer. Does not check the certificate: with a wrong clock all are
// invalid, and the answer is only used in a message.
std::optional<UnixTime> date_of(HttpPool& http, const std::string& server) {
    HttpRequest request;
    request.method = "HEAD";
    request.url = server;
    request.verify_peer = false;
    request.follow_redirects = false;
    const auto stream = http.start(std::move(request));
    const auto head = stream->head();
    if (!head.ok()) return std::nullopt;
    const UnixTime time = parse_http_date(std::string(head->header("date")));
    return time < 0 ? std::nullopt : std::optional(time);
}

void check_clock(const GatewayQuestions& questions, const std::vector<std::string>& servers, HttpPool& http,
                 Diagnosis& diagnosis) {
    ClockFacts facts;
    facts.built = questions.built;
    facts.sync = time_sync();
    for (std::size_t i = 0; i < std::min(servers.size(), servers_asked) && !facts.remote; ++i) {
        facts.remote = date_of(http, servers[i]);
        facts.remote_name = servers[i];
    }
    facts.now = system_clock().now();
    diagnose_clock(facts, diagnosis);
}

// A bundle that no remote needs is not a problem: remotes may have their own (http.sslCAInfo).
void check_ca_bundle(const GatewayQuestions& questions, const ConnectorSurvey& survey, Diagnosis& diagnosis) {
    if (questions.ca_file.empty() && (!survey.any_https || survey.all_https_answered)) return;
    CaBundleFacts facts;
    const fs::path file = ca_bundle_file(questions.ca_file);
    facts.file = file.string();
    const auto bundle = read_ca_bundle(file, system_clock().now());
    if (!bundle.ok()) facts.problem = bundle.error().message;
    static_cast<CaBundle&>(facts) = bundle.value_or({});
    diagnose_ca_bundle(facts, diagnosis);
}

// `path` itself, or the nearest folder above it that exists.
fs::path existing(const fs::path& path) {
    return file_system_of(path).value_or({}).place;
}

// A pipe or a device takes no space.
bool is_special(const fs::path& path) {
    const auto info = file_info(path).value_or({});
    return info && info->kind == FileKind::other;
}

std::string write_problem(const fs::path& folder) {
    const fs::path there = existing(folder);
    if (!is_folder(there)) return fmt::format("{} is not a folder", there.string());
    if (can_write_folder(there)) return {};
    return there == folder ? "this user cannot write to it"
                           : fmt::format("it does not exist, and this user cannot create it in {}", there.string());
}

void check_own_folders(const UpdateSettings& settings, Diagnosis& diagnosis) {
    diagnose_own_place({"state", settings.state.string(), write_problem(settings.state),
                        "no run can start: it can neither lock nor write a journal"},
                       diagnosis);
    if (settings.log.empty()) return;
    const auto place = followed(settings.log);
    if (!place) return;  // the program's own output, or another user's link: it is not made here
    const fs::path folder = place->parent_path();
    OwnPlace log{"log", settings.log.string(), write_problem(folder), "tonight's run leaves no log"};
    if (log.problem.empty() && *place != settings.log && !is_folder(folder)) log.problem = "it does not exist";
    if (!log.problem.empty()) log.problem = fmt::format("its folder {}: {}", folder.string(), log.problem);
    if (is_file(settings.log) && !can_write_file(settings.log)) log.problem = "this user cannot write to it";
    diagnose_own_place(log, diagnosis);
}

void check_self_update(const UpdateSettings& settings, const GatewayQuestions& questions, std::vector<SpaceNeed>& needs,
                       Diagnosis& diagnosis) {
    SelfUpdateFacts facts;
    facts.is_wanted = questions.wants_self_update;
    if (facts.is_wanted) {
        const Installation place =
            find_installation(questions.executable, settings.state, questions.build, dpkg_paths());
        facts.place = place.staging.string();
        facts.is_writable = can_write_folder(existing(place.staging));
        needs.push_back({place.staging, "a new agent", new_agent_bytes, files_of_its_own});
    }
    diagnose_self_update(facts, diagnosis);
}

// True: a run is active, or it is unknown.
bool check_lock(const UpdateSettings& settings, Diagnosis& diagnosis) {
    LockFacts facts;
    const auto holder = lock_holder(settings.state / "lock");
    facts.is_readable = holder.ok();
    if (holder.ok()) facts.pid = *holder;
    if (const auto process = facts.pid > 0 ? process_facts(facts.pid) : std::nullopt) {
        static_cast<ProcessFacts&>(facts) = *process;
        facts.command = mask_secrets(process->command);
    }
    diagnose_lock(facts, diagnosis);
    return !holder.ok() || facts.pid != 0;
}

void check_journals(const UpdateSettings& settings, Diagnosis& diagnosis) {
    std::vector<LeftJournal> left;
    for (const std::string& connector : journals(settings.state)) {
        const auto unfinished = read_unfinished(settings.state, connector);
        if (!unfinished.ok()) {
            left.push_back({connector, unfinished.error().message});
        } else if (*unfinished) {
            left.push_back({connector, {}});
        }
    }
    diagnose_journals(left, diagnosis);
}

void check_space(const UpdateSettings& settings, const GatewayQuestions& questions, std::vector<SpaceNeed> needs,
                 Diagnosis& diagnosis) {
    needs.push_back({settings.state, "state", state_bytes, files_of_its_own});
    if (const auto log = settings.log.empty() ? std::nullopt : followed(settings.log); log && !is_special(*log)) {
        needs.push_back({log->parent_path(), "log", questions.log_size, files_of_its_own});
    }
    std::map<std::uint64_t, SpaceFacts> systems;
    for (const SpaceNeed& need : needs) {
        const auto system = file_system_of(need.place);
        if (!system.ok()) continue;
        SpaceFacts& facts = systems[system->device];
        const bool is_own = need.use == "state" || need.use == "log";
        if (!is_own && std::none_of(facts.uses.begin(), facts.uses.end(),
                                    [](const std::string& use) { return use != "state" && use != "log"; })) {
            facts.needed_bytes += reserve_bytes;
            facts.needed_files += reserve_files;
        }
        if (facts.uses.empty()) static_cast<FileSystem&>(facts) = *system;
        facts.uses.push_back(need.use);
        facts.needed_bytes += need.bytes;
        facts.needed_files += need.files;
    }
    for (const auto& [device, facts] : systems) diagnose_space(facts, diagnosis);
}

void check_memory(const UpdateSettings& settings, Diagnosis& diagnosis) {
    std::vector<MemoryFacts> facts;
    for (const auto& [use, path] : {std::pair{"root", settings.root}, std::pair{"state", settings.state}}) {
        if (const auto place = memory_place(path)) facts.push_back({use, path.string(), *place});
    }
    diagnose_memory(facts, diagnosis);
}

void check_files(const UpdateSettings& settings, const GatewayQuestions& questions, Diagnosis& diagnosis) {
    std::vector<Exposure> exposed;
    for (const fs::path& path :
         {questions.executable, questions.executable.parent_path(), questions.config_file, settings.state}) {
        if (auto exposure = path.empty() ? std::nullopt : exposure_of(path)) exposed.push_back(*std::move(exposure));
    }
    diagnose_exposure(exposed, diagnosis);
    if (questions.config_file.empty()) return;
    const auto text = read_file(questions.config_file, mebibyte);
    const auto info = file_info(questions.config_file);
    constexpr std::uint32_t others_read = 04;
    diagnose_secret_file({questions.config_file.string(), text.ok() && mask_secrets(*text) != *text,
                          info.ok() && *info && ((*info)->mode & others_read) != 0},
                         diagnosis);
}

// Whether a run ever starts in an open update window.
struct WindowQuestions {
    std::string time_zone;  // of windows and of the daemon's schedules; empty: the machine's
    const std::vector<Schedule>& schedules;
    UnixTime longest_delay = 0;  // of a run, in seconds
};

// Covers each month and its first weekdays, and more runs than a sensible schedule has in a week.
constexpr UnixTime days_ahead = 62;
constexpr int times_ahead = 5000;
constexpr UnixTime seconds_of_day = 86'400;

struct StartTimes {
    std::string connector;  // empty: all
    std::vector<CronExpression> times;
    TimeZone zone;
};

// The first five words of a crontab's line, or its @daily.
std::optional<CronExpression> time_of_line(std::string_view line) {
    std::size_t end = 0;
    const int words = line.starts_with('@') ? 1 : 5;
    for (int i = 0; i < words; ++i) {
        end = std::min(line.find_first_not_of(" \t", end), line.size());
        end = std::min(line.find_first_of(" \t", end), line.size());
    }
    auto expression = CronExpression::parse(line.substr(0, end));
    return expression.ok() ? std::optional(*std::move(expression)) : std::nullopt;
}

// The starting times of runs; nullopt if those of one scheduler are unknown.
std::optional<std::vector<StartTimes>> start_times(const WindowQuestions& questions, const SchedulerFacts& schedulers) {
    const auto daemons_zone = TimeZone::load(questions.time_zone);
    const auto machines_zone = TimeZone::load({});
    if (!daemons_zone.ok() || !machines_zone.ok() || !schedulers.all_seen) return std::nullopt;
    std::vector<StartTimes> starts;
    for (const Scheduler& one : schedulers.found) {
        if (!one.inactive.empty() || one.kind == SchedulerKind::old_script) continue;
        if (one.kind == SchedulerKind::timer) return std::nullopt;
        if (one.kind == SchedulerKind::daemon) {
            for (const Schedule& schedule : questions.schedules) {
                starts.push_back({schedule.connector, schedule.times, *daemons_zone});
            }
            continue;
        }
        const auto time = time_of_line(one.command);
        if (!time) return std::nullopt;
        starts.push_back({{}, {*time}, *machines_zone});
    }
    return starts.empty() ? std::nullopt : std::optional(std::move(starts));
}

bool meets(const StartTimes& start, const UpdateWindow& window, const TimeZone& zone, UnixTime longest_delay) {
    const UnixTime now = system_clock().now();
    for (const CronExpression& expression : start.times) {
        UnixTime time = now;
        for (int i = 0; i < times_ahead && time < now + days_ahead * seconds_of_day; ++i) {
            time = next_time(expression, start.zone, time);
            if (is_open(window, zone.local_time(time)) || is_open(window, zone.local_time(time + longest_delay))) {
                return true;
            }
        }
    }
    return false;
}

// A finding for each window in which no run of `schedulers` starts. No findings if their times are unknown: none is
// found, or one is a systemd timer.
void check_windows(const std::map<std::string, UpdateWindow>& windows, const WindowQuestions& questions,
                   const SchedulerFacts& schedulers, Diagnosis& diagnosis) {
    if (windows.empty()) return;
    const auto starts = start_times(questions, schedulers);
    const auto zone = TimeZone::load(questions.time_zone);
    if (!starts || !zone.ok()) return;
    for (const auto& [name, window] : windows) {
        diagnosis.look();
        const bool is_met =
            std::any_of(starts->begin(), starts->end(), [&, &who = name, &when = window](const auto& start) {
                return (start.connector.empty() || start.connector == who) &&
                       meets(start, when, *zone, questions.longest_delay);
            });
        if (is_met) continue;
        diagnosis.find({"window", name, fmt::format("no run starts in its window: {}", display(window)),
                        "it is only updated by gup-agent now",
                        "correct the window ([update] of its gupfile, or [[connector]]), or start a run in it"});
    }
}

void check_lost_run(const UpdateSettings& settings, Diagnosis& diagnosis) {
    diagnosis.look();
    const auto marker = read_run_marker(settings.state);
    if (!marker.ok()) {
        diagnosis.find(
            {"state", "run.json", marker.error().message, "an interrupted run is not told", marker.error().hint});
        return;
    }
    const std::string lost = describe_lost_run(*marker);
    if (!lost.empty()) {
        diagnosis.find({"run", "run", lost, "the next run does its work again",
                        "dmesg and the system's journal may say what ended it"});
    }
    for (const std::string& name : marker->last) {
        diagnosis.find({"worker", name, "the process that worked on it died in the last run",
                        "it is tried last, and may fail again", "gup.log says what it worked on"});
    }
}

void check_reboot_request(const UpdateSettings& settings, Diagnosis& diagnosis) {
    const auto request = read_reboot_request(settings.state).value_or(std::nullopt);
    RebootRequestFacts facts;
    facts.is_asked = request.has_value();
    facts.is_root = ::geteuid() == 0;
    if (request) {
        facts.has_happened = judge_reboot(*request, read_boot().value_or(request->boot_id)) == RebootVerdict::happened;
        facts.time = format_time(request->time);
        facts.failure = request->failure;
        for (const RebootedConnector& one : request->connectors) facts.connectors.push_back(one.name);
    }
    diagnose_reboot_request(facts, diagnosis);
}

void check_confinement(Diagnosis& diagnosis) {
    diagnosis.look();
    for (const std::string& part : missing_confinement()) {
        diagnosis.note(fmt::format("this kernel has no {}: workers have all rights of their owners", part));
    }
}

void check_variables(Diagnosis& diagnosis) {
    const UnheededVariables found = unheeded_variables();
    if (!found.never.empty()) {
        diagnosis.note(
            fmt::format("variables of git are set that the agent ignores: {}", fmt::join(found.never, ", ")));
    }
    if (::geteuid() == 0 && !found.own_user_only.empty()) {
        diagnosis.note(fmt::format("variables of git are set that are used for root's own connectors only: {}",
                                   fmt::join(found.own_user_only, ", ")));
    }
}

}  // namespace

void check_gateway(const UpdateSettings& settings, const GatewayQuestions& questions, ConnectorSurvey survey,
                   HttpPool& http, Diagnosis& diagnosis) {
    check_clock(questions, survey.http_servers, http, diagnosis);
    check_ca_bundle(questions, survey, diagnosis);
    check_own_folders(settings, diagnosis);
    if (!check_lock(settings, diagnosis)) {
        check_journals(settings, diagnosis);
        check_lost_run(settings, diagnosis);
        check_reboot_request(settings, diagnosis);
    }
    check_confinement(diagnosis);
    const auto last_run = read_last_run(settings.log);
    diagnose_last_run(
        {system_clock().now(), !settings.quiet_noop, last_run ? std::optional(last_run->time) : std::nullopt},
        diagnosis);
    check_self_update(settings, questions, survey.needs, diagnosis);
    check_space(settings, questions, std::move(survey.needs), diagnosis);
    check_memory(settings, diagnosis);
    check_files(settings, questions, diagnosis);
    check_variables(diagnosis);
    SchedulerPlaces places;
    places.daemon_lock = daemon_lock_file(settings.state);
    SchedulerFacts schedulers = find_schedulers(places);
    if (!questions.executable.empty()) schedulers.executable = questions.executable.string();
    diagnose_schedulers(schedulers, diagnosis);
    check_windows(survey.windows, {settings.time_zone, questions.schedules, questions.longest_delay}, schedulers,
                  diagnosis);
    diagnose_reboot({questions.wants_reboot, questions.reboot_program, !find_program(questions.reboot_program).empty(),
                     ::geteuid() == 0},
                    diagnosis);
    diagnose_processor({questions.build, processor_platform()}, diagnosis);
}

}  // namespace gup
