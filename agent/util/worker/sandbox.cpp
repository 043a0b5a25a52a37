// SPDX-License-Identifier: Apache-2.0
#include "util/worker/sandbox.hpp"

#include <fmt/format.h>
#include <grp.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>

#include "util/worker/kernel_filters.hpp"

#if defined(__SANITIZE_ADDRESS__)
#define GUP_HAS_ASAN 1
#endif

namespace gup {
namespace {

bool is_another_user = false;

// The limits of a worker itself. Its programs get the old ones back.
struct OwnLimit {
    int resource = 0;
    rlim_t soft = 0;
    rlimit before{};
};

constexpr rlim_t longest_file = rlim_t{2} << 30U;  // bytes: a pack or an archive
constexpr rlim_t most_cpu_seconds = 30 * 60;       // of all threads; waiting costs nothing
std::array<OwnLimit, 3> own_limits{OwnLimit{RLIMIT_AS, RLIM_INFINITY}, OwnLimit{RLIMIT_FSIZE, longest_file},
                                   OwnLimit{RLIMIT_CPU, most_cpu_seconds}};

Status refused(const std::string& what) {
    Error error = errno_error(errno, what);
    error.code = ErrorCode::failed;
    return error;
}

Status change_user(const Identity& identity) {
    const std::string what = fmt::format("cannot become user {}", identity.uid);
    if (::setgroups(identity.groups.size(), identity.groups.data()) != 0) return refused(what);
    if (::setresgid(identity.gid, identity.gid, identity.gid) != 0) return refused(what);
    if (::setresuid(identity.uid, identity.uid, identity.uid) != 0) return refused(what);
    uid_t real = 0;
    uid_t effective = 0;
    uid_t saved = 0;
    ::getresuid(&real, &effective, &saved);
    if (real != identity.uid || effective != identity.uid || saved != identity.uid) return refused(what);
    is_another_user = true;
    return {};
}

// Nothing that this process starts can have a capability again. Before the change of user, which needs them.
void empty_bounding_set() {
    for (unsigned long capability = 0; ::prctl(PR_CAPBSET_READ, capability, 0, 0, 0) >= 0; ++capability) {
        ::prctl(PR_CAPBSET_DROP, capability, 0, 0, 0);
    }
    ::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
}

Status empty_capabilities() {
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> none{};
    if (::syscall(SYS_capset, &header, none.data()) == 0) return {};
    return refused("cannot give up the capabilities");
}

void limit_self(std::uint64_t memory) {
    own_limits[0].soft = memory == 0 ? RLIM_INFINITY : static_cast<rlim_t>(memory);
    for (OwnLimit& limit : own_limits) {
        if (::getrlimit(static_cast<__rlimit_resource>(limit.resource), &limit.before) != 0) continue;
        rlimit next = limit.before;
        next.rlim_cur = std::min(next.rlim_cur, limit.soft);
        ::setrlimit(static_cast<__rlimit_resource>(limit.resource), &next);
    }
    const rlimit no_core{0, 0};
    ::setrlimit(RLIMIT_CORE, &no_core);
    std::signal(SIGXFSZ, SIG_IGN);  // write(2) fails with EFBIG then
}

}  // namespace

Status enter_sandbox(const Sandbox& sandbox) {
    ::umask(::umask(0) | 022);
    const bool gives_up = sandbox.is_confined && !sandbox.may_gain_privileges;
    if (sandbox.is_confined && gives_up) empty_bounding_set();
    if (sandbox.identity) GUP_CHECK(change_user(*sandbox.identity));
    // With another user's data in it, its memory must not be readable for that user.
    ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    limit_self(sandbox.memory);
    if (!sandbox.is_confined) return {};
    GUP_CHECK(empty_capabilities());
    if (!gives_up) return {};  // both filters need it
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return refused("cannot give up new privileges");
    if (sandbox.writable) (void)detail::restrict_writing(*sandbox.writable);
    (void)detail::filter_system_calls();
    return {};
}

bool works_as_another() noexcept {
    return is_another_user;
}

void lift_own_limits() noexcept {
    for (const OwnLimit& limit : own_limits) {
        if (limit.before.rlim_max != 0) ::setrlimit(static_cast<__rlimit_resource>(limit.resource), &limit.before);
    }
}

std::vector<std::string> missing_confinement() {
    std::vector<std::string> missing;
    if (!detail::has_system_call_filters()) missing.emplace_back("seccomp");
    if (!detail::has_write_restrictions()) missing.emplace_back("landlock");
    return missing;
}

std::uint64_t worker_memory() noexcept {
#ifdef GUP_HAS_ASAN
    return 0;  // it reserves terabytes of addresses
#else
    constexpr std::uint64_t least = 384U << 20U;
    constexpr std::uint64_t most = 1U << 30U;
    struct sysinfo info {};
    if (::sysinfo(&info) != 0) return most;
    return std::clamp<std::uint64_t>(std::uint64_t{info.totalram} * info.mem_unit, least, most);
#endif
}

}  // namespace gup
