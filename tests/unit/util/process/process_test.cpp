// SPDX-License-Identifier: Apache-2.0
#include "util/process/process.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <csignal>
#include <cstdlib>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "fixture.hpp"
#include "util/sys/directory.hpp"
#include "util/sys/file.hpp"
#include "util/sys/signals.hpp"
#include "util/units.hpp"
#include "util/worker/channel.hpp"
#include "util/worker/fork.hpp"

using gup::ErrorCode;
using gup::Milliseconds;
using gup::ProcessRequest;
using gup::test::Folder;
namespace fs = gup::fs;

namespace {

ProcessRequest script_request(const std::string& script) {
    ProcessRequest request;
    request.argv = {"sh", "-c", script};
    request.timeout = Milliseconds{60'000};
    return request;
}

gup::ProcessResult run(const ProcessRequest& request) {
    auto result = gup::run_process(request);
    REQUIRE_MESSAGE(result.ok(), (result.ok() ? std::string() : result.error().message));
    return std::move(result).value();
}

Milliseconds time_of(const std::function<void()>& body) {
    const Milliseconds begin = gup::system_clock().monotonic();
    body();
    return gup::system_clock().monotonic() - begin;
}

// Waits for a fact; false if it is not true within 20 s.
bool comes_true(const std::function<bool()>& fact) {
    for (int attempt = 0; attempt < 2000; ++attempt) {
        if (fact()) return true;
        ::usleep(10'000);
    }
    return false;
}

// Waits for the pid that a child writes to `path`.
pid_t pid_in(const fs::path& path) {
    pid_t pid = 0;
    REQUIRE(comes_true([&] {
        const std::string text = gup::read_file(path).value_or("");
        if (text.ends_with('\n')) pid = static_cast<pid_t>(std::strtol(text.c_str(), nullptr, 10));
        return pid > 0;
    }));
    return pid;
}

// Time limits for a script that must write its pid before it is ended. On a busy machine the first may be too short.
constexpr std::array limits_until_ready{Milliseconds{500}, Milliseconds{10'000}, Milliseconds{60'000}};

bool has_pid(const fs::path& path) {
    return gup::read_file(path).value_or("").ends_with('\n');
}

// A zombie is gone, too: it may have no parent that reaps it.
bool is_gone(pid_t pid) {
    const std::string stat = gup::read_file("/proc/" + std::to_string(pid) + "/stat").value_or("");
    return stat.empty() || stat.find(") Z ") != std::string::npos;
}

// A program of one thread that a test can signal or kill. The exit code of `body` is its own.
pid_t start_elsewhere(const std::function<int()>& body) {
    const pid_t pid = ::fork();
    if (pid == 0) {
        ::alarm(60);
        ::_exit(body());
    }
    return pid;
}

}  // namespace

TEST_CASE("run_process: both streams, and the exit code as a result") {
    const auto result = run(script_request("echo out; echo err >&2; exit 3"));
    CHECK(result.exit_code == 3);
    CHECK_FALSE(result.success());
    CHECK(result.out == "out\n");
    CHECK(result.err == "err\n");
    CHECK(run(script_request("exit 0")).success());
}

TEST_CASE("run_process: 128 and the number when a signal ended it") {
    CHECK(run(script_request("kill -9 $$")).exit_code == 128 + SIGKILL);
}

TEST_CASE("run_process: no shell sees the arguments") {
    ProcessRequest request;
    request.argv = {"printf", "%s|", "a b", "$HOME", "", "*", "'\"\\"};
    CHECK(run(request).out == "a b|$HOME||*|'\"\\|");
}

TEST_CASE("run_process: a missing program is not_found, by name and by path") {
    for (const char* name : {"no-such-program-anywhere", "/nowhere/program", "./nowhere"}) {
        ProcessRequest request;
        request.argv = {name};
        const auto result = gup::run_process(request);
        REQUIRE_FALSE(result.ok());
        CHECK(result.error().code == ErrorCode::not_found);
        CHECK(result.error().message.find(name) != std::string::npos);
    }
}

TEST_CASE("run_process: a file that cannot be executed is failed, with the reason") {
    const Folder folder;
    REQUIRE(gup::write_file_atomically(folder / "file", "no program", 0644).ok());
    ProcessRequest request;
    request.argv = {(folder / "file").native()};
    CHECK(gup::run_process(request).error().code == ErrorCode::failed);
    request.argv = {"true"};
    request.folder = folder / "missing";
    CHECK(gup::run_process(request).error().code == ErrorCode::failed);
    CHECK(gup::run_process(request).error().message.find("missing") != std::string::npos);
    CHECK(gup::run_process({}).error().code == ErrorCode::failed);
}

TEST_CASE("run_process: sets and unsets variables on top of the environment") {
    ::setenv("GUP_TEST_KEPT", "kept", 1);
    ::setenv("GUP_TEST_GONE", "gone", 1);
    ::setenv("GUP_TEST_CHANGED", "old", 1);
    ProcessRequest request =
        script_request("echo $GUP_TEST_KEPT,${GUP_TEST_GONE-unset},$GUP_TEST_CHANGED,$GUP_TEST_NEW");
    request.set_env = {{"GUP_TEST_CHANGED", "new"}, {"GUP_TEST_NEW", "a=b c"}};
    request.unset_env = {"GUP_TEST_GONE"};
    CHECK(run(request).out == "kept,unset,new,a=b c\n");
    for (const char* name : {"GUP_TEST_KEPT", "GUP_TEST_GONE", "GUP_TEST_CHANGED"}) ::unsetenv(name);
}

TEST_CASE("run_process: works in the folder, and finds a program relative to it") {
    const Folder folder;
    REQUIRE(gup::write_file_atomically(folder / "hook", "#!/bin/sh\npwd -P\n", 0755).ok());
    ProcessRequest request;
    request.argv = {"./hook"};
    request.folder = folder.folder.path();
    CHECK(run(request).out == fs::canonical(folder.folder.path()).native() + "\n");
}

TEST_CASE("run_process: input is written and closed; without any there is nothing to read") {
    ProcessRequest request;
    request.argv = {"wc", "-c"};
    CHECK(run(request).out == "0\n");
    request.input = std::string(1U << 20U, 'x');
    CHECK(run(request).out == std::to_string(1U << 20U) + "\n");
}

TEST_CASE("run_process: unread input is not an error, and input larger than a pipe is read") {
    ProcessRequest request = script_request("exit 5");
    request.input = std::string(1U << 20U, 'x');
    CHECK(run(request).exit_code == 5);
    request.argv = {"cat"};
    request.output_limit = 1U << 21U;
    CHECK(run(request).out == request.input);
}

TEST_CASE("run_process: of 1 MiB on each stream the last bytes are kept") {
    ProcessRequest request = script_request(
        "head -c 1048576 /dev/zero | tr '\\0' o & head -c 1048576 /dev/zero | tr '\\0' e >&2; wait; "
        "echo end-of-out; echo end-of-err >&2");
    request.output_limit = 1000;
    const auto result = run(request);
    CHECK(result.out == std::string(989, 'o') + "end-of-out\n");
    CHECK(result.err == std::string(989, 'e') + "end-of-err\n");
}

TEST_CASE("run_process: every line of both streams at once, the last one without a newline, too") {
    std::vector<std::string> lines;
    ProcessRequest request = script_request("printf 'one\\r\\n\\ntwo'; sleep 0.05; printf 'half' >&2");
    request.on_line = [&](std::string_view line) { lines.emplace_back(line); };
    run(request);
    CHECK(lines == std::vector<std::string>{"one", "", "two", "half"});
}

TEST_CASE("run_process: a very long line is cut, and the next one is complete") {
    std::vector<std::string> lines;
    ProcessRequest request = script_request("head -c 1000000 /dev/zero | tr '\\0' x; echo; echo next");
    request.on_line = [&](std::string_view line) { lines.emplace_back(line); };
    run(request);
    REQUIRE(lines.size() == 2);
    CHECK(lines[0].size() >= 4096);
    CHECK(lines[0].size() < 100'000);
    CHECK(lines[1] == "next");
}

TEST_CASE("run_process: at the time limit the whole group ends, grandchildren too") {
    const Folder folder;
    ProcessRequest request = script_request("sh -c 'echo $$ >pid; exec sleep 1000' & wait");
    request.folder = folder.folder.path();
    for (const Milliseconds limit : limits_until_ready) {
        request.timeout = limit;
        const auto result = gup::run_process(request);
        REQUIRE_FALSE(result.ok());
        CHECK(result.error().code == ErrorCode::timeout);
        CHECK(result.error().message == "sh did not end within " + gup::format_duration(limit));
        if (has_pid(folder / "pid")) break;
    }
    CHECK(comes_true([pid = pid_in(folder / "pid")] { return is_gone(pid); }));
}

TEST_CASE("run_process: SIGKILL for a group that ignores SIGTERM" * doctest::test_suite("slow")) {
    const Folder folder;
    ProcessRequest request =
        script_request("trap '' TERM; sh -c 'echo $$ >pid; while :; do sleep 1; done' & while :; do sleep 1; done");
    request.folder = folder.folder.path();
    Milliseconds time{0};
    for (const Milliseconds limit : limits_until_ready) {
        request.timeout = limit;
        ErrorCode code{};
        time = time_of([&] { code = gup::run_process(request).error().code; });
        CHECK(code == ErrorCode::timeout);
        if (has_pid(folder / "pid")) break;
    }
    CHECK(time >= Milliseconds{5000});
    CHECK(comes_true([pid = pid_in(folder / "pid")] { return is_gone(pid); }));
}

TEST_CASE("run_process: a process that ends on SIGTERM causes no wait") {
    ProcessRequest request = script_request("exec sleep 1000");
    request.timeout = Milliseconds{50};
    Milliseconds shortest{60'000};
    for (int attempt = 0; attempt < 5 && shortest >= Milliseconds{4000}; ++attempt) {
        const auto run = [&] { CHECK(gup::run_process(request).error().code == ErrorCode::timeout); };
        shortest = std::min(shortest, time_of(run));
    }
    CHECK(shortest < Milliseconds{4000});  // SIGKILL would come after 5 s
}

TEST_CASE("run_process: it returns at the end of the child, even if a grandchild has the pipes open") {
    const Folder folder;
    ProcessRequest request = script_request("sleep 1000 & echo $! >pid; echo said");
    request.folder = folder.folder.path();
    CHECK(run(request).out == "said\n");
    const pid_t pid = pid_in(folder / "pid");
    CHECK_FALSE(is_gone(pid));  // a process that the child started continues
    ::kill(pid, SIGKILL);
}

TEST_CASE("run_process: without survivors, the rest of the group ends with the child") {
    const Folder folder;
    ProcessRequest request = script_request("sleep 1000 & echo $! >pid; exit 4");
    request.folder = folder.folder.path();
    request.survivors = gup::Survivors::killed;
    CHECK(run(request).exit_code == 4);
    CHECK(comes_true([pid = pid_in(folder / "pid")] { return is_gone(pid); }));
}

TEST_CASE("run_process: a process that must continue is not ended by a signal to the program") {
    const Folder folder;
    const pid_t program = start_elsewhere([&] {
        gup::install_signal_handlers();
        ProcessRequest request = script_request("echo $$ >pid; while [ ! -e go ]; do sleep 0.01; done; exit 9");
        request.folder = folder.folder.path();
        request.on_stop = gup::OnStop::go_on;
        const auto result = gup::run_process(request);
        return result.ok() && gup::stop_requested() ? result->exit_code : 1;
    });
    (void)pid_in(folder / "pid");
    ::kill(program, SIGTERM);
    REQUIRE(gup::write_file_atomically(folder / "go", "").ok());
    int status = 0;
    ::waitpid(program, &status, 0);
    CHECK(WEXITSTATUS(status) == 9);
}

TEST_CASE("run_process: a signal to the program cancels the process") {
    const Folder folder;
    const pid_t program = start_elsewhere([&] {
        gup::install_signal_handlers();
        ProcessRequest request = script_request("echo $$ >pid; exec sleep 1000");
        request.folder = folder.folder.path();
        const auto result = gup::run_process(request);
        return !result.ok() && result.error().code == ErrorCode::cancelled ? 7 : 1;
    });
    const pid_t child = pid_in(folder / "pid");
    ::kill(program, SIGTERM);
    int status = 0;
    ::waitpid(program, &status, 0);
    CHECK(WEXITSTATUS(status) == 7);
    CHECK(comes_true([child] { return is_gone(child); }));
}

TEST_CASE("run_process: the child dies with the program") {
    const Folder folder;
    const pid_t program = start_elsewhere([&] {
        ProcessRequest request = script_request("echo $$ >pid; exec sleep 1000");
        request.folder = folder.folder.path();
        (void)gup::run_process(request);
        return 1;
    });
    const pid_t child = pid_in(folder / "pid");
    CHECK_FALSE(is_gone(child));
    ::kill(program, SIGKILL);
    ::waitpid(program, nullptr, 0);
    CHECK(comes_true([child] { return is_gone(child); }));
}

TEST_CASE("run_process: the child leads its own group, with default signals and none of our descriptors") {
    std::vector<gup::UniqueFd> leaked;  // not O_CLOEXEC; below and above the pipes that the start makes
    for (int count = 0; count < 3; ++count) leaked.emplace_back(::open("/dev/null", O_RDONLY));
    leaked.emplace_back(::fcntl(leaked.front().get(), F_DUPFD, 300));
    sigset_t blocked;
    sigset_t before;
    ::sigemptyset(&blocked);
    ::sigaddset(&blocked, SIGUSR1);
    ::pthread_sigmask(SIG_BLOCK, &blocked, &before);
    auto result = run(script_request(
        "cut -d' ' -f5 /proc/$$/stat; echo $$; grep -E '^Sig(Ign|Blk)' /proc/self/status; echo /proc/$$/fd/*"));
    // Signals 32 and 33 are glibc's own, and ignored in whatever a posix_spawn started, as make does.
    for (const std::string glibcs : {"SigIgn:\t0000000080000000", "SigIgn:\t0000000180000000"}) {
        const std::size_t place = result.out.find(glibcs);
        if (place != std::string::npos) result.out.replace(place, glibcs.size(), "SigIgn:\t0000000000000000");
    }
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    const std::string pid = result.out.substr(0, result.out.find('\n'));
    const std::string none = "0000000000000000\n";
    const std::string fds = "/proc/" + pid + "/fd/";
    const std::string three = fds + "0 " + fds + "1 " + fds + "2";
    const std::string expected = pid + "\n" + pid + "\nSigBlk:\t" + none + "SigIgn:\t" + none + three;
    INFO(result.out);
    // The shell has the folder that it lists open, as 3.
    CHECK((result.out == expected + "\n" || result.out == expected + " " + fds + "3\n"));
    sigset_t after;
    ::pthread_sigmask(SIG_SETMASK, nullptr, &after);
    CHECK(::sigismember(&after, SIGTERM) == 0);
}

TEST_CASE("run_process: the child has the thread's user, with nothing of root left, and ends at the time limit") {
    if (::geteuid() != 0) {
        MESSAGE("skipped: only root can work as another user");
        return;
    }
    gup::Sandbox sandbox;
    sandbox.identity = gup::Identity{54321, 54322, {54323}};
    const auto worker = gup::fork_worker(sandbox, [](gup::UniqueFd channel, const gup::Status& entered) {
        std::string ids;
        std::string code;
        if (!entered.ok()) return;
        ProcessRequest request = script_request("grep -E '^(Uid|Gid|Groups)' /proc/self/status");
        request.folder = "/";
        const auto result = gup::run_process(request);
        if (result.ok()) ids = result->out;
        request = script_request("exec sleep 1000");
        request.folder = "/";
        request.timeout = Milliseconds{50};
        const auto ended = gup::run_process(request);
        if (!ended.ok()) code = gup::to_string(ended.error().code);
        (void)gup::send_message(channel.get(), {{"ids", ids}, {"code", code}}).ok();
    });
    REQUIRE(worker.ok());
    gup::MessageReader reader;
    const auto told = gup::receive_message(worker->channel.get(), reader).value().value();
    CHECK(gup::wait_for_worker(worker->pid, sandbox).ok());
    CHECK(told["ids"] == "Uid:\t54321\t54321\t54321\t54321\nGid:\t54322\t54322\t54322\t54322\nGroups:\t54323 \n");
    CHECK(told["code"] == "timeout");
}

TEST_CASE("run_process: many threads at once, each with its own child") {
    std::vector<std::thread> threads;
    std::atomic<int> right{0};
    for (int thread = 0; thread < 8; ++thread) {
        threads.emplace_back([&right, thread] {
            for (int round = 0; round < 10; ++round) {
                const std::string word = std::to_string(thread) + "-" + std::to_string(round);
                ProcessRequest request;
                request.argv = {"cat"};
                request.input = word;
                const auto result = gup::run_process(request);
                if (result.ok() && result->success() && result->out == word) ++right;
            }
        });
    }
    for (std::thread& thread : threads) thread.join();
    CHECK(right == 80);
}
