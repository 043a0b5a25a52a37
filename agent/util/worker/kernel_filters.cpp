// SPDX-License-Identifier: Apache-2.0
#include "util/worker/kernel_filters.hpp"

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>

namespace gup::detail {
namespace {

#if defined(__x86_64__)
constexpr std::uint32_t native_calls = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr std::uint32_t native_calls = AUDIT_ARCH_AARCH64;
#elif defined(__arm__)
constexpr std::uint32_t native_calls = AUDIT_ARCH_ARM;
#else
#error "state the audit architecture of this target (linux/audit.h)"
#endif

// Not all of them exist on each target.
constexpr std::array refused_calls{
    SYS_acct,
    SYS_add_key,
    SYS_adjtimex,
    SYS_bpf,
    SYS_clock_adjtime,
    SYS_clock_settime,
    SYS_delete_module,
    SYS_finit_module,
    SYS_init_module,
    SYS_kexec_load,
    SYS_keyctl,
    SYS_mount,
    SYS_move_mount,
    SYS_open_by_handle_at,
    SYS_open_tree,
    SYS_fsopen,
    SYS_fsconfig,
    SYS_fsmount,
    SYS_perf_event_open,
    SYS_pivot_root,
    SYS_process_vm_readv,
    SYS_process_vm_writev,
    SYS_ptrace,
    SYS_quotactl,
    SYS_reboot,
    SYS_request_key,
    SYS_setdomainname,
    SYS_sethostname,
    SYS_setns,
    SYS_settimeofday,
    SYS_swapoff,
    SYS_swapon,
    SYS_syslog,
    SYS_umount2,
    SYS_unshare,
    SYS_userfaultfd,
    SYS_vhangup,
#ifdef SYS_kexec_file_load
    SYS_kexec_file_load,
#endif
#ifdef SYS_clock_settime64
    SYS_clock_settime64,
#endif
#ifdef SYS_clock_adjtime64
    SYS_clock_adjtime64,
#endif
    SYS_kcmp,
    SYS_fspick,
    SYS_io_uring_setup,  // its calls are not seen by a filter
    SYS_io_uring_enter,
    SYS_io_uring_register,
    438,  // pidfd_getfd, which the headers of the oldest supported system lack
    442,  // mount_setattr
#ifdef SYS_iopl
    SYS_iopl,
    SYS_ioperm,
#endif
};

sock_filter statement(std::uint16_t code, std::uint32_t value) {
    return {code, 0, 0, value};
}

sock_filter jump_if_equal(std::uint32_t value, std::uint8_t yes, std::uint8_t no) {
    return {BPF_JMP | BPF_JEQ | BPF_K, yes, no, value};
}

// clone(2) with a new namespace. A filter cannot read the flags of clone3(2): without it, the C library takes clone(2).
void refuse_namespaces(std::vector<sock_filter>& program) {
    constexpr std::uint32_t namespaces =
        CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET;
    constexpr std::uint32_t clone3 = 435;  // on each target, also where the headers lack it
    program.push_back(jump_if_equal(clone3, 0, 1));
    program.push_back(statement(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS));
    program.push_back(jump_if_equal(SYS_clone, 0, 4));
    program.push_back(statement(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, args)));
    program.push_back({BPF_JMP | BPF_JSET | BPF_K, 0, 1, namespaces});
    program.push_back(statement(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM));
    program.push_back(statement(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
}

// Calls of another architecture have other numbers, so all of them are refused.
std::vector<sock_filter> make_filter() {
    constexpr std::uint32_t refuse = SECCOMP_RET_ERRNO | EPERM;
    std::vector<sock_filter> program{
        statement(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, arch)),
        jump_if_equal(native_calls, 1, 0),
        statement(BPF_RET | BPF_K, refuse),
        statement(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
    };
    for (const auto call : refused_calls) {
        program.push_back(jump_if_equal(static_cast<std::uint32_t>(call), 0, 1));
        program.push_back(statement(BPF_RET | BPF_K, refuse));
    }
#ifdef __x86_64__
    constexpr std::uint32_t x32_bit = 0x40000000U;
    program.push_back({BPF_JMP | BPF_JGE | BPF_K, 0, 1, x32_bit});
    program.push_back(statement(BPF_RET | BPF_K, refuse));
#endif
    refuse_namespaces(program);
    program.push_back(statement(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
    return program;
}

// The headers of the oldest supported system lack the later ones (linux/landlock.h).
constexpr std::uint64_t access_refer = 1ULL << 13U;
constexpr std::uint64_t access_truncate = 1ULL << 14U;
constexpr std::uint64_t basic_writing = LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR |
                                        LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_CHAR |
                                        LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG |
                                        LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO |
                                        LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM;
constexpr std::uint64_t for_files = LANDLOCK_ACCESS_FS_WRITE_FILE | access_truncate;

long landlock_version() {
    return ::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
}

void allow_writing(int rules, const fs::path& path, std::uint64_t access) {
    const UniqueFd place(::open(path.c_str(), O_PATH | O_CLOEXEC));
    struct stat status {};
    if (!place.valid() || ::fstat(place.get(), &status) != 0) return;
    landlock_path_beneath_attr rule{};
    rule.allowed_access = S_ISDIR(status.st_mode) ? access : access & for_files;
    rule.parent_fd = place.get();
    ::syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
}

}  // namespace

bool filter_system_calls() {
    std::vector<sock_filter> filter = make_filter();
    sock_fprog program{static_cast<unsigned short>(filter.size()), filter.data()};
    return ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) == 0;
}

bool has_system_call_filters() {
    const std::uint32_t action = SECCOMP_RET_ERRNO;
    return ::syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0;
}

bool restrict_writing(const std::vector<fs::path>& folders) {
    const long version = landlock_version();
    if (version < 2) return false;
    const std::uint64_t access = basic_writing | access_refer | (version >= 3 ? access_truncate : 0);
    landlock_ruleset_attr attributes{};
    attributes.handled_access_fs = access;
    const UniqueFd rules(
        static_cast<int>(::syscall(SYS_landlock_create_ruleset, &attributes, sizeof(attributes.handled_access_fs), 0)));
    if (!rules.valid()) return false;
    for (const fs::path& folder : folders) allow_writing(rules.get(), folder, access);
    return ::syscall(SYS_landlock_restrict_self, rules.get(), 0) == 0;
}

bool has_write_restrictions() {
    return landlock_version() >= 2;
}

}  // namespace gup::detail
