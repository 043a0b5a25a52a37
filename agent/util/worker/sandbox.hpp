// SPDX-License-Identifier: Apache-2.0
// Giving up rights for good, before data of somebody else is read: the user, capabilities, limits, and what the kernel
// has of seccomp(2) and landlock(7). For a process that was just forked and has one thread.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "util/result.hpp"
#include "util/sys/file.hpp"

namespace gup {

struct Identity {
    uid_t uid = 0;
    gid_t gid = 0;
    std::vector<gid_t> groups;  // supplementary
};

struct Sandbox {
    std::optional<Identity> identity;  // nullopt: this process's own user stays
    bool is_confined = true;           // capabilities, seccomp; not for root's own connectors
    bool may_gain_privileges = false;  // by setuid programs, such as sudo
    std::optional<std::vector<fs::path>>
        writable{};            // with landlock, nothing else can be written; nullopt: no such limit
    std::uint64_t memory = 0;  // bytes of address space; 0: no limit
};

// All three ids become the identity's, the capability sets are empty, and new files are not writable by others (umask
// 022). Fails with failed when one of them is refused: the process must end then. A kernel without seccomp or landlock
// is no failure.
[[nodiscard]] Status enter_sandbox(const Sandbox& sandbox);

// True in a process that became another user.
[[nodiscard]] bool works_as_another() noexcept;
// For a child between fork and exec: the limits of the worker itself do not apply to the programs that it starts.
void lift_own_limits() noexcept;

// The parts that this kernel lacks, each as "seccomp" or "landlock"; for `doctor`.
[[nodiscard]] std::vector<std::string> missing_confinement();

// Bytes that one worker may use: the machine's memory, at least 384 MiB and at most 1 GiB. 0 where it cannot be limited.
[[nodiscard]] std::uint64_t worker_memory() noexcept;

}  // namespace gup
