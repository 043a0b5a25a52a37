// SPDX-License-Identifier: Apache-2.0
// seccomp(2) and landlock(7), for a process with no_new_privs. Programs that it starts inherit both.
#pragma once

#include <vector>

#include "util/sys/file.hpp"

namespace gup::detail {

// Refuses (EPERM) system calls that change the kernel or the machine, or look into other processes: modules, kexec, bpf,
// mounts, clocks, namespaces, keys, ptrace. Returns whether the kernel took it.
bool filter_system_calls();
[[nodiscard]] bool has_system_call_filters();

// From now on, files can be created, written and removed only below `folders`; those that do not exist are left out.
// Reading is not changed. Returns whether the kernel took it. Needs Landlock ABI 2 (Linux 5.19), because the first one
// refuses every rename between folders.
bool restrict_writing(const std::vector<fs::path>& folders);
[[nodiscard]] bool has_write_restrictions();

}  // namespace gup::detail
