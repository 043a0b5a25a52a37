// SPDX-License-Identifier: Apache-2.0
#include "doctor/gateway_findings.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "host/reboot.hpp"
#include "util/text.hpp"

namespace gup {
namespace {

constexpr std::int64_t minute = 60;
constexpr std::int64_t hour = 60 * minute;
constexpr std::int64_t day = 24 * hour;
// Certificates are renewed with days to spare, but tokens and signatures are good for minutes.
constexpr std::int64_t tolerated_difference = 5 * minute;
// No program is in use for so long, and clocks that lost their time restart in 2036, 2038 or 2106.
constexpr std::int64_t longest_service = 25 * 365 * day;
// One night, and the following morning.
constexpr std::int64_t tolerated_silence = 36 * hour;
// A run over a slow line may take long, but not half a night.
constexpr std::int64_t tolerated_run = 4 * hour;

constexpr const char* clock_why =
    "certificates seem expired or not yet valid, so no https remote can be used, and the nightly run starts at another "
    "time";
constexpr const char* clock_hint =
    "set it (timedatectl set-ntp true, or date -s), and check that an NTP server can be reached";

void find_clock(std::string what, Diagnosis& diagnosis) {
    diagnosis.find({"clock", "clock", std::move(what), clock_why, clock_hint});
}

bool starts_nightly(const Scheduler& scheduler) {
    return scheduler.kind != SchedulerKind::old_script && scheduler.inactive.empty();
}

std::vector<std::string> places_of(const std::vector<Scheduler>& schedulers) {
    std::vector<std::string> places;
    places.reserve(schedulers.size());
    for (const Scheduler& one : schedulers) places.push_back(one.place);
    return places;
}

std::vector<Scheduler> those(const std::vector<Scheduler>& all, bool (*wanted)(const Scheduler&)) {
    std::vector<Scheduler> chosen;
    std::copy_if(all.begin(), all.end(), std::back_inserter(chosen), wanted);
    return chosen;
}

void diagnose_no_scheduler(const SchedulerFacts& facts, Diagnosis& diagnosis) {
    const auto sleeping = those(facts.found, [](const Scheduler& one) { return !one.inactive.empty(); });
    constexpr const char* why = "the nightly run does not start, and nothing is updated";
    if (!sleeping.empty()) {
        diagnosis.find({"scheduler", sleeping.front().place, sleeping.front().inactive, why,
                        "correct that, or enable gup-agent.timer instead"});
    } else if (facts.all_seen) {
        diagnosis.find({"scheduler", "scheduler", "no crontab, no timer and no daemon starts gup-agent run", why,
                        facts.has_timer_unit ? "systemctl enable --now gup-agent.timer"
                                             : fmt::format("crontab -e, and add this line: 0 2 * * * {} run >/dev/null",
                                                           crontab_word(facts.executable))});
    } else {
        diagnosis.note(
            "no scheduler for gup-agent run was found, but crontabs of other users cannot be read: try again as root");
    }
}

}  // namespace

std::string crontab_word(std::string_view word) {
    constexpr std::string_view plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._/";
    std::string escaped;
    const bool is_plain = !word.empty() && word.find_first_not_of(plain) == std::string_view::npos;
    for (const char c : is_plain ? std::string(word) : shell_quoted(word)) {
        if (c == '%') escaped += '\\';
        escaped += c;
    }
    return escaped;
}

void diagnose_clock(const ClockFacts& facts, Diagnosis& diagnosis) {
    diagnosis.look();
    if (facts.built > 0 && facts.now < facts.built) {
        find_clock(fmt::format("it is {} behind the moment this agent was built", span_text(facts.built - facts.now)),
                   diagnosis);
    } else if (facts.built > 0 && facts.now > facts.built + longest_service) {
        find_clock(fmt::format("it is {} ahead of the moment this agent was built", span_text(facts.now - facts.built)),
                   diagnosis);
    } else if (facts.remote) {
        const std::int64_t ahead = facts.now - *facts.remote;
        if (ahead > tolerated_difference || ahead < -tolerated_difference) {
            find_clock(fmt::format("it is {} {} that of {}", span_text(ahead), ahead > 0 ? "ahead of" : "behind",
                                   facts.remote_name),
                       diagnosis);
        }
    } else if (facts.sync == TimeSync::not_yet) {
        find_clock("systemd-timesyncd has not set it since boot, and no remote could be asked for the time", diagnosis);
    }
}

void diagnose_space(const SpaceFacts& facts, Diagnosis& diagnosis) {
    diagnosis.look();
    const std::string uses = list_text(facts.uses);
    const std::string place = facts.place.string();
    if (facts.read_only) {
        diagnosis.find({"disk", place, fmt::format("the file system is read-only ({})", uses),
                        "nothing can be updated, and nothing can be logged if the log is there",
                        "dmesg shows whether an error caused this; otherwise: mount -o remount,rw"});
        return;
    }
    if (facts.free_bytes < facts.needed_bytes) {
        diagnosis.find({"disk", place,
                        fmt::format("{} are free, an update may need {} ({})", size_text(facts.free_bytes),
                                    size_text(facts.needed_bytes), uses),
                        "an update that runs out of space fails, and cannot log the reason",
                        "free some: old logs, ~/.cache/pip, apt clean; du -xh --max-depth=2 shows where it went"});
    }
    if (facts.counts_files && facts.free_files < facts.needed_files) {
        diagnosis.find(
            {"disk", place,
             fmt::format("{} inodes are free, an update may need {} ({})", facts.free_files, facts.needed_files, uses),
             "no file can be created without an inode, however much space is free",
             "remove small files: du -x --inodes --max-depth=2 shows where they are"});
    }
}

void diagnose_schedulers(const SchedulerFacts& facts, Diagnosis& diagnosis) {
    diagnosis.look();
    const auto active = those(facts.found, starts_nightly);
    const auto old_ones = those(facts.found, [](const Scheduler& one) {
        return one.kind == SchedulerKind::old_script && one.inactive.empty();
    });
    if (!old_ones.empty()) {
        diagnosis.find({"scheduler", old_ones.front().place, "it still starts the bash script client-connector-updater",
                        "the script has no lock: it changes the same folders at the same time as gup-agent",
                        active.empty() ? "replace that line with one that starts gup-agent run" : "remove that line"});
    }
    if (active.size() > 1) {
        diagnosis.find(
            {"scheduler", "scheduler",
             fmt::format("gup-agent is started {} times: {}", active.size(), list_text(places_of(active))),
             "one run finds the lock of the other and ends with an error, or each remote is asked twice",
             "keep one: remove the crontab line, or systemctl disable --now gup-agent.timer (or gup-agent-daemon)"});
    }
    if (active.empty() && old_ones.empty()) diagnose_no_scheduler(facts, diagnosis);
    const bool only_cron = !active.empty() && std::all_of(active.begin(), active.end(), [](const Scheduler& one) {
        return one.kind == SchedulerKind::cron;
    });
    if (only_cron && facts.cron_runs == false) {
        diagnosis.find({"scheduler", active.front().place, "no cron daemon is running",
                        "cron does not read the line: nothing is updated",
                        "systemctl enable --now cron, or systemctl enable --now gup-agent.timer instead"});
    }
}

void diagnose_lock(const LockFacts& facts, Diagnosis& diagnosis) {
    diagnosis.look();
    if (!facts.is_readable) {
        diagnosis.note("the lock belongs to another user: an active run cannot be detected");
        return;
    }
    if (facts.pid == 0) return;
    const std::string holder = fmt::format("process {} ({}) has locked it for {}", facts.pid,
                                           facts.command.empty() ? "unknown" : facts.command, span_text(facts.age));
    constexpr const char* why = "until it ends, every run ends at once with exit code 3";
    if (facts.is_stopped) {
        diagnosis.find({"lock", "lock", holder + ", and is stopped", why,
                        fmt::format("continue it: kill -CONT {0}, or end it: kill {0}", facts.pid)});
    } else if (facts.age > tolerated_run) {
        diagnosis.find(
            {"lock", "lock", holder, why,
             fmt::format("gup.log shows what it does; to end it: kill {} (it undoes unfinished changes)", facts.pid)});
    } else {
        diagnosis.note("a run is active: " + holder);
    }
}

void diagnose_last_run(const LastRunFacts& facts, Diagnosis& diagnosis) {
    diagnosis.look();
    if (!facts.finished) {
        if (facts.is_always_logged) diagnosis.note("no run has finished yet");
        return;
    }
    const std::int64_t silence = facts.now - *facts.finished;
    if (silence < -tolerated_difference) {
        diagnosis.find({"last-run", "clock",
                        fmt::format("the last run in gup.log is dated {} in the future", span_text(silence)), clock_why,
                        clock_hint});
    } else if (silence > tolerated_silence && facts.is_always_logged) {
        diagnosis.find(
            {"last-run", "nightly run",
             fmt::format("the last run finished {} ago: {} missed", span_text(silence),
                         silence / day < 2 ? "a night was" : fmt::format("{} nights were", silence / day)),
             "the same cause will stop the next run, too",
             "check that the gateway was on; journalctl -u cron -u gup-agent and gup.log show what happened"});
    }
}

void diagnose_ca_bundle(const CaBundleFacts& facts, Diagnosis& diagnosis) {
    diagnosis.look();
    constexpr const char* why = "no https remote can be trusted, so none is asked";
    constexpr const char* hint = "apt install --reinstall ca-certificates, or set network.ca-file to another file";
    const unsigned good = facts.certificates - std::min(facts.certificates, facts.expired + facts.not_yet_valid);
    if (!facts.problem.empty()) {
        diagnosis.find({"ca-bundle", facts.file, facts.problem, why, hint});
    } else if (facts.certificates == 0) {
        diagnosis.find({"ca-bundle", facts.file,
                        facts.unreadable == 0
                            ? "it contains no certificate"
                            : fmt::format("none of its {} certificates can be parsed", facts.unreadable),
                        why, hint});
    } else if (good == 0) {
        const bool early = facts.not_yet_valid > facts.expired;
        diagnosis.find(
            {"ca-bundle", facts.file,
             fmt::format("all of its {} certificates are {}", facts.certificates, early ? "not valid yet" : "expired"),
             why, early ? clock_hint : hint});
    } else if (facts.unreadable * 4 > facts.certificates) {  // single ones are of a kind that this TLS does not know
        diagnosis.find({"ca-bundle", facts.file,
                        fmt::format("{} of its {} certificates cannot be parsed", facts.unreadable,
                                    facts.certificates + facts.unreadable),
                        "the file is damaged: a remote whose CA is among them is not trusted", hint});
    }
}

void diagnose_processor(const ProcessorFacts& facts, Diagnosis& diagnosis) {
    diagnosis.look();
    // A processor that is too old never gets here: armhf refuses it at its first instruction, and the other builds run
    // on every processor of their kind.
    const bool armv6_build = facts.build == "armv6";
    const bool newer = facts.platform.starts_with('v') && facts.platform[1] >= '7';
    if (armv6_build && newer) {
        diagnosis.note(fmt::format("this is the armv6 build on an ARMv{} processor: the armhf build is faster",
                                   facts.platform[1]));
    }
}

namespace {

std::string close_hint(const Exposure& one) {
    if (one.is_shared) {
        return "other programs need these rights: move the agent and its state into a folder that only their user may "
               "change";
    }
    return one.by == ExposedBy::owner ? fmt::format("chown root:root {}", one.path)
                                      : fmt::format("chmod go-w {}", one.path);
}

}  // namespace

void diagnose_exposure(const std::vector<Exposure>& exposed, Diagnosis& diagnosis) {
    diagnosis.look();
    for (const Exposure& one : exposed) {
        const std::string who = one.by == ExposedBy::everybody ? "everybody"
                                : one.by == ExposedBy::group   ? "its group"
                                                               : "its owner " + one.owner;
        diagnosis.find({"permissions", one.path, fmt::format("{} may change it", who),
                        "any such user decides what the agent does to every connector", close_hint(one)});
    }
}

void diagnose_memory(const std::vector<MemoryFacts>& facts, Diagnosis& diagnosis) {
    diagnosis.look();
    for (const MemoryFacts& one : facts) {
        // Nobody takes it for a disk.
        if (!one.place.looks_lasting() && one.place.mount_point == "/dev/shm") continue;
        const bool is_overlay = one.place.kind == MemoryKind::overlay;
        diagnosis.find({"memory", one.path,
                        is_overlay ? fmt::format("{} is on an overlay that keeps its changes in memory", one.use)
                                   : fmt::format("{} is on {}, which is in memory", one.use, one.place.mount_point),
                        one.place.looks_lasting() ? "the next boot undoes every update, so none is made"
                                                  : "it is empty after the next boot",
                        is_overlay ? "overlayroot-chroot gup-agent now updates below the overlay; raspi-config nonint "
                                     "do_overlayfs 1 and a reboot remove it"
                                   : fmt::format("set {} in gup-agent.toml to a folder on a disk", one.use)});
    }
}

void diagnose_secret_file(const SecretFile& facts, Diagnosis& diagnosis) {
    diagnosis.look();
    if (!facts.has_secret || !facts.is_readable_by_all) return;
    diagnosis.find({"permissions", facts.path, "it contains a password, and every user may read it",
                    "every account on this gateway can use it", fmt::format("chmod o-rwx {}", facts.path)});
}

void diagnose_own_place(const OwnPlace& facts, Diagnosis& diagnosis) {
    diagnosis.look();
    if (facts.problem.empty()) return;
    diagnosis.find(
        {facts.check, facts.path, facts.problem, facts.why,
         fmt::format("start the agent (and doctor) as its owner, or create it and change its owner: chown USER {}",
                     facts.path)});
}

void diagnose_journals(const std::vector<LeftJournal>& left, Diagnosis& diagnosis) {
    diagnosis.look();
    for (const LeftJournal& one : left) {
        if (one.error.empty()) {
            diagnosis.find({"journal", one.connector, "an update of it was interrupted",
                            "the next run first restores the state from before; until then the connector may not start",
                            "gup-agent recover does that now"});
        } else {
            diagnosis.find({"journal", one.connector, fmt::format("an update of it was interrupted, and {}", one.error),
                            "the next run skips this connector",
                            "check its work tree (git status), then remove that file"});
        }
    }
}

void diagnose_self_update(const SelfUpdateFacts& facts, Diagnosis& diagnosis) {
    diagnosis.look();
    if (!facts.is_wanted || facts.is_writable) return;
    diagnosis.find({"self-update", facts.place, "this user cannot write to the folder of the agent",
                    "the agent does not update itself",
                    fmt::format("chown USER {}, or start the agent as its owner", facts.place)});
}

void diagnose_reboot(const RebootFacts& facts, Diagnosis& diagnosis) {
    diagnosis.look();
    if (!facts.is_wanted) return;
    const std::string name = facts.program.substr(facts.program.rfind('/') + 1);
    const bool needs_root = name == "systemctl" || name == "reboot" || name == "shutdown";
    const bool is_told = std::any_of(diagnosis.findings.begin(), diagnosis.findings.end(),
                                     [](const Finding& one) { return one.check == "reboot"; });
    if (facts.is_there && needs_root && !facts.is_root && !is_told) {
        diagnosis.note(fmt::format("a reboot after an update may be refused: {}", reboot_hint(false)));
    }
    if (facts.is_there) return;
    diagnosis.find({"reboot", "reboot", fmt::format("reboot = true, but there is no program {}", facts.program),
                    "updated connectors continue with their old code",
                    "set run.reboot-command to another one, or set run.reboot = false"});
}

void diagnose_reboot_request(const RebootRequestFacts& facts, Diagnosis& diagnosis) {
    diagnosis.look();
    if (!facts.is_asked || facts.has_happened) return;
    diagnosis.find({"reboot", "reboot",
                    fmt::format("the reboot requested at {} has not happened{}{}", facts.time,
                                facts.failure.empty() ? "" : ": ", facts.failure),
                    facts.connectors.empty()
                        ? std::string("the next run asks for it again")
                        : fmt::format("the update of {} does not run yet", list_text(facts.connectors)),
                    reboot_hint(facts.is_root)});
}

}  // namespace gup
