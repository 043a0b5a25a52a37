// SPDX-License-Identifier: Apache-2.0
// Facts about the machine. The paths are parameters, so that tests can replace them.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "doctor/gateway_findings.hpp"
#include "util/sys/file.hpp"

namespace gup {

// The state of systemd-timesyncd, from its folder.
[[nodiscard]] TimeSync time_sync(const fs::path& folder = "/run/systemd/timesync");

// The name servers of the resolver; an unreadable file has none.
[[nodiscard]] std::size_t count_name_servers(const fs::path& file = "/etc/resolv.conf");

// "v7l", "aarch64", "x86_64": AT_PLATFORM. Empty if the kernel does not say.
[[nodiscard]] std::string processor_platform();

// The process `pid`: command line, age in seconds, whether it is stopped. nullopt if it has ended or is hidden.
[[nodiscard]] std::optional<ProcessFacts> process_facts(int pid, const fs::path& proc = "/proc");

// Whether a process with one of these names (as in /proc/<pid>/comm) runs; nullopt if processes of others are hidden.
[[nodiscard]] std::optional<bool> any_runs(const std::vector<std::string>& names, const fs::path& proc = "/proc");

}  // namespace gup
