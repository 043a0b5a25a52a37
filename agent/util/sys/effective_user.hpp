// The effective user of one thread. Linux keeps credentials per thread; glibc's setresuid would change all threads.
#pragma once

#include <sys/types.h>

#include <vector>

#include "util/result.hpp"

namespace gup {

struct Identity {
    uid_t uid = 0;
    gid_t gid = 0;
    std::vector<gid_t> groups;  // supplementary
};

// The calling thread's identity becomes `identity`: effective user and group, and so every access to files. The real
// and the saved user stay root, so that the thread can come back, and that `identity` can neither signal nor trace it.
// So access(2) must not be used, because it checks the real user; use faccessat with AT_EACCESS. A child calls
// become_effective_user before it executes anything. Only root can do this. The process stays readable in /proc.
[[nodiscard]] Status set_thread_identity(const Identity& identity);
// Restores the user that the process started with. Ends the program if that fails: it must never continue as another
// user.
void restore_thread_identity();

// True if set_thread_identity is in force for the calling thread.
[[nodiscard]] bool works_as_another() noexcept;
// For a child between fork and exec: its real ids become the effective ones. exec does the same with the saved ones,
// and until then they keep its owner from looking into what is still a copy of the agent's memory. Returns 0 or an
// errno.
[[nodiscard]] int become_effective_user() noexcept;

// While it lives, the calling thread has the user that the process started with: for the agent's own files (log,
// state), and for new threads, which inherit the credentials of their creator. May be nested.
class AsAgent {
public:
    AsAgent();
    ~AsAgent();
    AsAgent(const AsAgent&) = delete;
    AsAgent& operator=(const AsAgent&) = delete;

private:
    bool goes_back_ = false;  // a nested one does nothing
};

}  // namespace gup
