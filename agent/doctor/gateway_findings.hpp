// SPDX-License-Identifier: Apache-2.0
// From facts about the gateway itself to findings. Times are seconds since the epoch.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "doctor/findings.hpp"
#include "host/exposure.hpp"
#include "util/http/ca_bundle.hpp"
#include "util/sys/free_space.hpp"
#include "util/sys/mounts.hpp"

namespace gup {

// Whether the system's time service has set the clock since boot; unknown: no such service reports it.
enum class TimeSync : std::uint8_t { unknown, synchronized, not_yet };

struct ClockFacts {
    std::int64_t now = 0;
    std::int64_t built = 0;  // the commit that this program was built from; 0: unknown
    std::optional<std::int64_t> remote;
    std::string remote_name;  // the server that reported `remote`
    TimeSync sync = TimeSync::unknown;
};
void diagnose_clock(const ClockFacts& facts, Diagnosis& diagnosis);

// One file system, and the need of an update there.
struct SpaceFacts : FileSystem {
    std::vector<std::string> uses;  // "virtualenvs", "state", …
    std::uint64_t needed_bytes = 0;
    std::uint64_t needed_files = 0;
};
void diagnose_space(const SpaceFacts& facts, Diagnosis& diagnosis);

enum class SchedulerKind : std::uint8_t { cron, timer, daemon, old_script };
struct Scheduler {
    SchedulerKind kind = SchedulerKind::cron;
    std::string place;     // "/etc/cron.d/gup-agent:5", "gup-agent.timer", "process 4711"
    std::string command;   // the line itself
    std::string inactive;  // why it will not start; empty: it will
};
// One shell word for a line of a crontab, in which % has a meaning, also in quotes (crontab(5)).
[[nodiscard]] std::string crontab_word(std::string_view word);

struct SchedulerFacts {
    std::vector<Scheduler> found;
    bool all_seen = true;  // false: crontabs of others cannot be read by this user
    std::optional<bool> cron_runs;
    bool has_timer_unit = false;           // systemd runs, and the package's gup-agent.timer is installed
    std::string executable = "gup-agent";  // this agent's path
};
void diagnose_schedulers(const SchedulerFacts& facts, Diagnosis& diagnosis);

struct ProcessFacts {
    std::string command;      // its command line
    std::int64_t age = 0;     // seconds since it was started
    bool is_stopped = false;  // by a signal or a debugger
};
struct LockFacts : ProcessFacts {
    int pid = 0;              // the process that has the lock; 0: none
    bool is_readable = true;  // false: its state is unknown
};
void diagnose_lock(const LockFacts& facts, Diagnosis& diagnosis);

struct LastRunFacts {
    std::int64_t now = 0;
    bool is_always_logged = true;  // false: a run without news leaves no line
    std::optional<std::int64_t> finished;
};
void diagnose_last_run(const LastRunFacts& facts, Diagnosis& diagnosis);

struct CaBundleFacts : CaBundle {
    std::string file;
    std::string problem;  // why it cannot be read; empty: it was read
};
void diagnose_ca_bundle(const CaBundleFacts& facts, Diagnosis& diagnosis);

struct ProcessorFacts {
    std::string build;     // this program's target, as named in releases: "armv6"
    std::string platform;  // the kernel's name of the processor: "v7l", "aarch64"; empty: unknown
};
void diagnose_processor(const ProcessorFacts& facts, Diagnosis& diagnosis);

// A file that this process's user executes or obeys, and that another user may change.
void diagnose_exposure(const std::vector<Exposure>& exposed, Diagnosis& diagnosis);

// A place of the agent's that is in memory.
struct MemoryFacts {
    std::string use;  // "root", "state"
    std::string path;
    MemoryPlace place;
};
void diagnose_memory(const std::vector<MemoryFacts>& facts, Diagnosis& diagnosis);

// A file with a password in it.
struct SecretFile {
    std::string path;
    bool has_secret = false;
    bool is_readable_by_all = false;
};
void diagnose_secret_file(const SecretFile& facts, Diagnosis& diagnosis);

// A folder that the agent itself writes to, as its own user.
struct OwnPlace {
    std::string check;  // "state", "log"
    std::string path;
    std::string problem;  // why it cannot write; empty: it can
    std::string why;      // the effect
};
void diagnose_own_place(const OwnPlace& facts, Diagnosis& diagnosis);

// Changes that the next run must undo after an interrupted run. `error`: why the journal cannot be read.
struct LeftJournal {
    std::string connector;
    std::string error;
};
void diagnose_journals(const std::vector<LeftJournal>& left, Diagnosis& diagnosis);

struct SelfUpdateFacts {
    bool is_wanted = false;   // there is a manifest's URL
    std::string place;        // where a new agent is staged
    bool is_writable = true;  // that folder, for this user
};
void diagnose_self_update(const SelfUpdateFacts& facts, Diagnosis& diagnosis);

struct RebootFacts {
    bool is_wanted = false;
    std::string program;
    bool is_there = true;
    bool is_root = true;  // this agent
};
void diagnose_reboot(const RebootFacts& facts, Diagnosis& diagnosis);

// A reboot that an update asked for.
struct RebootRequestFacts {
    bool is_asked = false;
    bool has_happened = false;
    std::string time;     // for people
    std::string failure;  // of its command; empty: none is known
    std::vector<std::string> connectors;
    bool is_root = true;  // this agent
};
void diagnose_reboot_request(const RebootRequestFacts& facts, Diagnosis& diagnosis);

}  // namespace gup
