// SPDX-License-Identifier: Apache-2.0
#include "util/worker/fork.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <new>

#include "fixture.hpp"
#include "util/sys/directory.hpp"
#include "util/sys/signals.hpp"
#include "util/worker/channel.hpp"

using namespace gup;
using namespace gup::test;
using nlohmann::json;

namespace {

// What a worker sends.
json told_by(const std::function<json()>& work, const Sandbox& sandbox = {}) {
    const auto forked = fork_worker(sandbox, [&](UniqueFd channel, const Status& entered) {
        if (entered.ok()) (void)send_message(channel.get(), {{"told", work()}}).ok();
    });
    REQUIRE(forked.ok());
    MessageReader reader;
    const auto message = receive_message(forked->channel.get(), reader);
    REQUIRE(message.ok());
    CHECK(wait_for_worker(forked->pid, sandbox).ok());
    return message->has_value() ? member_of(**message, "told") : json();
}

// Why a worker that does this has ended.
Error death_of(const std::function<void()>& work, const Sandbox& sandbox = {}) {
    const auto forked = fork_worker(sandbox, [&](UniqueFd, const Status&) { work(); });
    REQUIRE(forked.ok());
    const Status ended = wait_for_worker(forked->pid, sandbox);
    REQUIRE_FALSE(ended.ok());
    CHECK(is_worker_death(ended.error()));
    CHECK_FALSE(ended.error().hint.empty());
    return ended.error();
}

// By kind: the pipe is that of its signals.
json open_descriptors() {
    json open{{"pipes", 0}, {"sockets", 0}, {"others", 0}};
    struct stat status {};
    for (int fd = 3; fd < 1024; ++fd) {
        if (::fstat(fd, &status) != 0) continue;
        const char* kind = S_ISFIFO(status.st_mode) ? "pipes" : S_ISSOCK(status.st_mode) ? "sockets" : "others";
        open[kind] = open[kind].get<int>() + 1;
    }
    return open;
}

}  // namespace

TEST_CASE("a worker has no descriptor of its parent's but its channel") {
    Folder folder;
    put(folder / "secret", "x");
    const UniqueFd secret(::open((folder / "secret").c_str(), O_RDONLY));  // without close-on-exec
    REQUIRE(secret.valid());
    CHECK(told_by(open_descriptors) == json{{"pipes", 2}, {"sockets", 1}, {"others", 0}});
}

TEST_CASE("a worker reads nothing and writes nowhere, and has a session without a terminal") {
    const json told = told_by([] {
        const auto link = [](const char* name) { return fs::read_symlink(name).string(); };
        const UniqueFd terminal(::open("/dev/tty", O_RDWR | O_CLOEXEC));
        return json{{"in", link("/proc/self/fd/0")},
                    {"out", link("/proc/self/fd/1")},
                    {"leads", ::getsid(0) == ::getpid()},
                    {"terminal", terminal.valid()}};
    });
    CHECK(text_member(told, "in") == "/dev/null");
    CHECK(text_member(told, "out") == "/dev/null");
    CHECK(flag_member(told, "leads"));
    CHECK_FALSE(flag_member(told, "terminal"));
}

TEST_CASE("a worker hears signals of its own, not those of its parent") {
    const json told = told_by([] {
        const bool before = stop_requested();
        ::raise(SIGTERM);
        return json{{"before", before}, {"after", stop_requested()}};
    });
    CHECK_FALSE(flag_member(told, "before"));
    CHECK(flag_member(told, "after"));
    CHECK_FALSE(stop_requested());
}

TEST_CASE("a worker dies with its parent") {
    auto channel = make_channel();
    REQUIRE(channel.ok());
    const pid_t parent = ::fork();
    REQUIRE(parent >= 0);
    if (parent == 0) {
        const auto forked = fork_worker({}, [](UniqueFd, const Status&) {
            for (;;) ::pause();
        });
        if (forked.ok()) (void)send_message(channel->worker.get(), {{"pid", forked->pid}}).ok();
        ::usleep(50'000);  // until the worker has asked for the signal; one that is later sees that its parent is gone
        ::_exit(0);
    }
    channel->worker.reset();
    MessageReader reader;
    const auto message = receive_message(channel->parent.get(), reader);
    REQUIRE(message.ok());
    REQUIRE(message->has_value());
    CHECK(wait_for_worker(parent, {}).ok());
    CHECK(comes_to_its_end(std::to_string(number_member(**message, "pid"))));
}

TEST_CASE("the end of a worker is told with its reason") {
    CHECK(death_of([] {
              ::signal(SIGSEGV, SIG_DFL);  // AddressSanitizer has a handler of its own, which exits with 1
              ::raise(SIGSEGV);
          }).message == "its worker ended with signal 11");
    const Error killed = death_of([] { ::raise(SIGKILL); });
    CHECK(killed.message == "its worker ended with signal 9");
    CHECK(holds(killed.hint, "dmesg"));
    CHECK(death_of([] { ::_exit(3); }).message == "its worker ended with exit code 3");
    CHECK(death_of([] { std::abort(); }).message == "its worker ended with signal 6");
    const auto fine = fork_worker({}, [](UniqueFd, const Status&) {});
    REQUIRE(fine.ok());
    CHECK(wait_for_worker(fine->pid, {}).ok());
}

TEST_CASE("a worker that needs more memory than it may says so") {
    if (worker_memory() == 0) return;  // not in this build
    Sandbox sandbox;
    sandbox.memory = std::uint64_t{512} << 20U;
    const Error error = death_of(
        [] {
            for (;;) {
                volatile char* place = new char[16U << 20U];
                place[0] = 1;
            }
        },
        sandbox);
    CHECK(holds(error.message, "its worker used more than "));
    CHECK(holds(error.message, "512"));
}
