#include "util/sys/effective_user.hpp"

#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <optional>

namespace gup {
namespace {

// The plain system calls of 32-bit ARM take 16-bit ids.
#ifdef SYS_setresuid32
constexpr long set_uids = SYS_setresuid32;
constexpr long set_gids = SYS_setresgid32;
constexpr long set_groups = SYS_setgroups32;
#else
constexpr long set_uids = SYS_setresuid;
constexpr long set_gids = SYS_setresgid;
constexpr long set_groups = SYS_setgroups;
#endif

struct ProcessIdentity {
    uid_t uid = ::geteuid();
    gid_t gid = ::getegid();
    std::vector<gid_t> groups;

    ProcessIdentity() {
        const int count = ::getgroups(0, nullptr);
        if (count > 0) {
            groups.resize(static_cast<std::size_t>(count));
            if (::getgroups(count, groups.data()) < 0) groups.clear();
        }
    }
};

const ProcessIdentity& process_identity() {
    static const ProcessIdentity identity;
    return identity;
}

thread_local std::optional<Identity> current;
thread_local bool is_applied = false;  // not while an AsAgent lives that began later

// Credential changes clear it; then /proc/self and core dumps belong to root.
void keep_dumpable() {
    ::prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
}

// The real user stays root: the real user may send signals, and an owner must not be able to kill the run of all
// connectors.
Status apply(const Identity& identity) {
    if (::syscall(set_groups, identity.groups.size(), identity.groups.data()) != 0 ||
        ::syscall(set_gids, identity.gid, identity.gid, process_identity().gid) != 0 ||
        ::syscall(set_uids, process_identity().uid, identity.uid, process_identity().uid) != 0) {
        return errno_error(errno, "cannot work as user " + std::to_string(identity.uid));
    }
    keep_dumpable();
    return {};
}

// Setting groups needs privileges, so the user is restored first.
void revert() {
    const ProcessIdentity& identity = process_identity();
    if (::syscall(set_uids, identity.uid, identity.uid, identity.uid) != 0 ||
        ::syscall(set_gids, identity.gid, identity.gid, identity.gid) != 0 ||
        ::syscall(set_groups, identity.groups.size(), identity.groups.data()) != 0) {
        std::perror("gup-agent: cannot return to the own user");
        std::abort();
    }
    keep_dumpable();
}

}  // namespace

Status set_thread_identity(const Identity& identity) {
    (void)process_identity();
    if (auto status = apply(identity); !status.ok()) {
        revert();
        return status;
    }
    current = identity;
    is_applied = true;
    return {};
}

void restore_thread_identity() {
    if (!current) return;
    current.reset();
    is_applied = false;
    revert();
}

bool works_as_another() noexcept {
    return current.has_value();
}

int become_effective_user() noexcept {
    constexpr int as_it_is = -1;
    const gid_t gid = ::getegid();
    const uid_t uid = ::geteuid();
    if (::syscall(set_gids, gid, gid, as_it_is) != 0 || ::syscall(set_uids, uid, uid, as_it_is) != 0) return errno;
    return 0;
}

AsAgent::AsAgent() {
    if (!is_applied) return;
    revert();
    is_applied = false;
    goes_back_ = true;
}

AsAgent::~AsAgent() {
    if (!goes_back_ || !current) return;
    if (!apply(*current).ok()) {
        std::perror("gup-agent: cannot return to the connector's user");
        std::abort();
    }
    is_applied = true;
}

}  // namespace gup
