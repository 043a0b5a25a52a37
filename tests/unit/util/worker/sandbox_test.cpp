// SPDX-License-Identifier: Apache-2.0
#include "util/worker/sandbox.hpp"

#include <fcntl.h>
#include <linux/sched.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <sched.h>
#include <csignal>

#include "fixture.hpp"
#include "util/worker/channel.hpp"
#include "util/worker/fork.hpp"

using namespace gup;
using namespace gup::test;
using nlohmann::json;

namespace {

constexpr uid_t stranger = 12345;

// What a process in the sandbox sends.
json from_inside(const Sandbox& sandbox, const std::function<json()>& work) {
    const auto forked = fork_worker(sandbox, [&](UniqueFd channel, const Status& entered) {
        const json told = entered.ok() ? work() : json{{"error", entered.error().message}};
        (void)send_message(channel.get(), {{"told", told}}).ok();
    });
    REQUIRE(forked.ok());
    MessageReader reader;
    const auto message = receive_message(forked->channel.get(), reader);
    REQUIRE(message.ok());
    CHECK(wait_for_worker(forked->pid, sandbox).ok());
    REQUIRE(message->has_value());
    return member_of(**message, "told");
}

// "0" when the call went well, else its errno.
int failure_of(long result) {
    return result < 0 ? errno : 0;
}

std::string status_line(const std::string& name) {
    const std::string text = read_file("/proc/self/status").value_or("");
    const auto begin = text.find("\n" + name + ":");
    if (begin == std::string::npos) return "missing";
    const auto value = text.find_first_not_of(" \t", begin + name.size() + 2);
    return text.substr(value, text.find('\n', value) - value);
}

bool is_missing(const char* what) {
    for (const std::string& one : missing_confinement()) {
        if (one == what) return true;
    }
    return false;
}

Sandbox as_stranger() {
    Sandbox sandbox;
    sandbox.identity = Identity{stranger, 23456, {23456, 34567}};
    return sandbox;
}

}  // namespace

TEST_CASE("a sandbox has all ids and groups of its user, no capability, and no way to new ones" *
          doctest::skip(::geteuid() != 0)) {
    const json told = from_inside(as_stranger(), [] {
        json lines;
        for (const char* name :
             {"Uid", "Gid", "Groups", "CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb", "NoNewPrivs"}) {
            lines[name] = status_line(name);
        }
        lines["umask"] = ::umask(0);
        lines["back"] = failure_of(::setresuid(0, 0, 0));
        lines["group"] = failure_of(::setresgid(0, 0, 0));
        return lines;
    });
    CHECK(text_member(told, "Uid") == "12345\t12345\t12345\t12345");
    CHECK(text_member(told, "Gid") == "23456\t23456\t23456\t23456");
    CHECK(holds(text_member(told, "Groups"), "23456 34567"));
    for (const char* name : {"CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"}) {
        CAPTURE(name);
        CHECK(text_member(told, name) == "0000000000000000");
    }
    CHECK(text_member(told, "NoNewPrivs") == "1");
    CHECK((number_member(told, "umask") & 022) == 022);
    CHECK(number_member(told, "back") == EPERM);
    CHECK(number_member(told, "group") == EPERM);
}

TEST_CASE("one that may gain privileges keeps that way, and has none itself" * doctest::skip(::geteuid() != 0)) {
    Sandbox sandbox = as_stranger();
    sandbox.may_gain_privileges = true;
    const json told = from_inside(sandbox, [] {
        return json{{"new", status_line("NoNewPrivs")}, {"effective", status_line("CapEff")}};
    });
    CHECK(text_member(told, "new") == "0");
    CHECK(text_member(told, "effective") == "0000000000000000");
}

TEST_CASE("a sandbox may not become a user without the right to" * doctest::skip(::geteuid() != 0)) {
    const json told = from_inside(as_stranger(), [] {
        Sandbox other;
        other.identity = Identity{0, 0, {}};
        const Status entered = enter_sandbox(other);
        return json{{"message", entered.ok() ? "" : entered.error().message}};
    });
    CHECK(holds(text_member(told, "message"), "cannot become user 0"));
}

TEST_CASE("a worker's memory cannot be read by its user" * doctest::skip(::geteuid() != 0)) {
    const auto forked = fork_worker(as_stranger(), [](UniqueFd channel, const Status&) {
        (void)send_message(channel.get(), {{"told", 1}}).ok();
        MessageReader reader;
        (void)receive_message(channel.get(), reader).ok();
    });
    REQUIRE(forked.ok());
    MessageReader reader;
    REQUIRE(receive_message(forked->channel.get(), reader).ok());
    const std::string memory = "/proc/" + std::to_string(forked->pid) + "/mem";
    const json told = from_inside(as_stranger(), [&] {
        return json{{"open", failure_of(::open(memory.c_str(), O_RDONLY | O_CLOEXEC))}};
    });
    CHECK(number_member(told, "open") == EACCES);
    REQUIRE(send_message(forked->channel.get(), {{"go", 1}}).ok());
    CHECK(wait_for_worker(forked->pid, {}).ok());
}

TEST_CASE("a sandbox cannot change the machine or look into other processes, not even as root") {
    if (is_missing("seccomp")) return;
    const json told = from_inside({}, [] {
        constexpr long with_user = CLONE_NEWUSER | SIGCHLD;
        return json{{"unshare", failure_of(::unshare(CLONE_NEWUSER))},
                    {"clone", failure_of(::syscall(SYS_clone, with_user, 0, 0, 0, 0))},
                    {"clone3", failure_of(::syscall(435, 0, 0))},
                    {"io_uring", failure_of(::syscall(SYS_io_uring_setup, 1, 0))},
                    {"mount", failure_of(::mount("none", "/mnt", "tmpfs", 0, nullptr))},
                    {"ptrace", failure_of(::ptrace(PTRACE_TRACEME, 0, 0, 0))},
                    {"bpf", failure_of(::syscall(SYS_bpf, 0, 0, 0))},
                    {"memory", failure_of(::syscall(SYS_process_vm_readv, ::getppid(), 0, 0, 0, 0, 0))},
                    {"keyctl", failure_of(::syscall(SYS_keyctl, 0, 0, 0, 0, 0))}};
    });
    for (const char* name : {"unshare", "clone", "io_uring", "mount", "ptrace", "bpf", "memory", "keyctl"}) {
        CAPTURE(name);
        CHECK(number_member(told, name) == EPERM);
    }
    CHECK(number_member(told, "clone3") == ENOSYS);
}

TEST_CASE("a sandbox can still fork, make threads and start programs") {
    CHECK(number_member(from_inside({}, [] { return json{{"exit", std::system("exit 3") >> 8}}; }), "exit") == 3);
}

TEST_CASE("a sandbox with folders reads everything, and writes only below them") {
    if (is_missing("landlock")) return;
    Folder folder;
    put(folder / "mine/file", "a");
    put(folder / "other/file", "b");
    fs::create_directory_symlink(folder / "other", folder / "mine/out");
    Sandbox sandbox;
    sandbox.writable = {folder / "mine", folder / "missing"};
    const json told = from_inside(sandbox, [&] {
        const auto wrote = [&](const char* name) {
            const UniqueFd fd(::open((folder / name).c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
            return fd.valid() ? 0 : errno;
        };
        return json{{"inside", wrote("mine/file")},
                    {"new", wrote("mine/new")},
                    {"outside", wrote("other/file")},
                    {"new outside", wrote("other/new")},
                    {"by link", wrote("mine/out/new")},
                    {"missing", wrote("missing/new")},
                    {"rename", failure_of(::rename((folder / "mine/file").c_str(), (folder / "other/moved").c_str()))},
                    {"removal", failure_of(::unlink((folder / "other/file").c_str()))},
                    {"text", read_file(folder / "other/file").value_or("")}};
    });
    CHECK(number_member(told, "inside") == 0);
    CHECK(number_member(told, "new") == 0);
    for (const char* name : {"outside", "new outside", "by link", "rename", "removal"}) {
        CAPTURE(name);
        CHECK(number_member(told, name) != 0);
    }
    CHECK(number_member(told, "missing") != 0);
    CHECK(text_member(told, "text") == "b");
}

TEST_CASE("a worker's own limits do not apply to the programs that it starts") {
    rlimit before{};
    REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
    Sandbox sandbox;
    sandbox.memory = worker_memory();
    const json told = from_inside(sandbox, [] {
        rlimit within{};
        rlimit lifted{};
        ::getrlimit(RLIMIT_FSIZE, &within);
        lift_own_limits();
        ::getrlimit(RLIMIT_FSIZE, &lifted);
        return json{{"within", within.rlim_cur}, {"lifted", lifted.rlim_cur}};
    });
    CHECK(static_cast<rlim_t>(number_member(told, "within")) <= (rlim_t{2} << 30U));
    CHECK(static_cast<rlim_t>(number_member(told, "lifted")) == before.rlim_cur);
}
