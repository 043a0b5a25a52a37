// What the machine says of itself. The places are parameters so that tests have their own.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "doctor/gateway_findings.hpp"
#include "util/sys/file.hpp"

namespace gup {

// What systemd-timesyncd says in its folder.
[[nodiscard]] TimeSync time_sync(const fs::path& folder = "/run/systemd/timesync");

// The name servers that the resolver asks; an unreadable file names none.
[[nodiscard]] std::size_t count_name_servers(const fs::path& file = "/etc/resolv.conf");

// "v7l", "aarch64", "x86_64": AT_PLATFORM. Empty when the kernel does not say.
[[nodiscard]] std::string processor_platform();

// The process `pid`: command line, age in seconds, whether it is stopped. nullopt when it is gone or hidden.
struct ProcessFacts {
    std::string command;
    std::int64_t age = 0;
    bool is_stopped = false;
};
[[nodiscard]] std::optional<ProcessFacts> process_facts(int pid, const fs::path& proc = "/proc");

// Whether a process of one of these names (as in /proc/<pid>/comm) runs; nullopt where others' processes are hidden.
[[nodiscard]] std::optional<bool> any_runs(const std::vector<std::string>& names, const fs::path& proc = "/proc");

}  // namespace gup
