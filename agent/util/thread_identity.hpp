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

// The calling thread's identity becomes `identity` (real and effective; the saved ids stay root, so that it can come
// back, and a child that is executed has nothing of root left). Only root can. The process stays readable in /proc.
[[nodiscard]] Status set_thread_identity(const Identity& identity);
// Back to what the process started as. Ends the program if that fails: going on as somebody else is never right.
void restore_thread_identity();

// While it lives, the calling thread is what the process started as, whatever set_thread_identity made of it: for the
// agent's own files (log, state) and threads (a new thread inherits the credentials of the one that starts it).
class AsProcess {
public:
    AsProcess();
    ~AsProcess();
    AsProcess(const AsProcess&) = delete;
    AsProcess& operator=(const AsProcess&) = delete;
};

}  // namespace gup
