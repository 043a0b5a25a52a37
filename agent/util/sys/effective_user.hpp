// The user that one thread works as. Linux keeps credentials per thread; glibc's setresuid would change all of them.
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
// and the saved user stay root, so that it can come back and that `identity` can neither send it signals nor trace it.
// Hence access(2), which asks for the real user, is not to be used (faccessat with AT_EACCESS is), and a child calls
// become_effective_user before it executes anything. Only root can. The process stays readable in /proc.
[[nodiscard]] Status set_thread_identity(const Identity& identity);
// Back to what the process started as. Ends the program if that fails: going on as somebody else is never right.
void restore_thread_identity();

// Whether set_thread_identity counts for the calling thread.
[[nodiscard]] bool works_as_another() noexcept;
// For a child between fork and exec: its real ids become the effective ones. exec does the same with the saved ones,
// and until then they keep its owner from looking into what is still a copy of the agent's memory. Returns 0 or an
// errno.
[[nodiscard]] int become_effective_user() noexcept;

// While it lives, the calling thread is what the process started as, whatever set_thread_identity made of it: for the
// agent's own files (log, state) and threads (a new thread inherits the credentials of the one that starts it). May be
// nested.
class AsAgent {
public:
    AsAgent();
    ~AsAgent();
    AsAgent(const AsAgent&) = delete;
    AsAgent& operator=(const AsAgent&) = delete;

private:
    bool goes_back_ = false;  // one inside of another does nothing
};

}  // namespace gup
