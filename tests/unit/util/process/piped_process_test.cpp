// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <string>
#include <thread>
#include <vector>

#include "util/process/piped_process.hpp"
#include "util/sys/signals.hpp"

using gup::ErrorCode;
using gup::Milliseconds;
using gup::PipedProcess;

namespace {

gup::Result<PipedProcess> start(const std::string& script, PipedProcess::Timeouts timeouts = {}) {
    gup::ProcessRequest request;
    request.argv = {"sh", "-c", script};
    return PipedProcess::start(request, timeouts);
}

// The whole output, with "(error)" appended if it does not end well.
std::string read_all(PipedProcess& process) {
    std::string text;
    std::vector<char> buffer(10'000);
    for (;;) {
        const auto count = process.read(buffer.data(), buffer.size());
        if (!count.ok()) return text + "(error)";
        if (count.value() == 0) return text;
        text.append(buffer.data(), count.value());
    }
}

std::string some_bytes(std::size_t size) {
    std::string bytes(size, '\0');
    unsigned state = 1;
    for (char& byte : bytes) byte = static_cast<char>((state = state * 1'103'515'245U + 12'345U) >> 16U);
    return bytes;
}

}  // namespace

TEST_CASE("PipedProcess: 4 MiB through cat and back, while both sides write") {
    auto process = start("exec cat");
    REQUIRE(process.ok());
    const std::string bytes = some_bytes(4U << 20U);
    REQUIRE(process->write(bytes).ok());
    std::string back(bytes.size(), '\0');
    for (std::size_t done = 0; done < back.size();) {
        const auto count = process->read(back.data() + done, back.size() - done);
        REQUIRE(count.ok());
        REQUIRE(count.value() > 0);
        done += count.value();
    }
    CHECK(back == bytes);
    CHECK(process->finish() == 0);
}

TEST_CASE("PipedProcess: question and answer in turn, as with git") {
    auto process = start("while read line; do echo \"<$line>\"; done; exit 4");
    REQUIRE(process.ok());
    for (const std::string word : {"one", "two", "three"}) {
        REQUIRE(process->write(word + "\n").ok());
        std::string answer;
        while (!answer.ends_with('\n')) {
            char byte = 0;
            REQUIRE(process->read(&byte, 1).value_or(0) == 1);
            answer += byte;
        }
        CHECK(answer == "<" + word + ">\n");
    }
    CHECK(process->finish() == 4);
    CHECK(process->finish() == 4);
}

TEST_CASE("PipedProcess: 0 at the end of its output, and its last line on stderr is kept") {
    auto process = start("echo out; echo 'permission denied (publickey)' >&2; exit 255");
    REQUIRE(process.ok());
    CHECK(read_all(*process) == "out\n");
    CHECK(process->finish() == 255);
    CHECK(process->error_output() == "permission denied (publickey)\n");
}

TEST_CASE("PipedProcess: much output on stderr does not block, and its last 16 KiB are kept") {
    auto process = start("head -c 1048576 /dev/zero | tr '\\0' e >&2; echo last >&2; echo out");
    REQUIRE(process.ok());
    CHECK(read_all(*process) == "out\n");
    CHECK(process->finish() == 0);
    CHECK(process->error_output() == std::string((16U << 10U) - 5, 'e') + "last\n");
}

TEST_CASE("PipedProcess: stderr is drained while writing, too") {
    auto process = start("head -c 1048576 /dev/zero | tr '\\0' e >&2; cat >/dev/null; echo done");
    REQUIRE(process.ok());
    REQUIRE(process->write(some_bytes(1U << 20U)).ok());
    CHECK(process->finish(Milliseconds{20'000}) == 0);
}

TEST_CASE("PipedProcess: a missing program is not_found") {
    gup::ProcessRequest request;
    request.argv = {"no-such-program-anywhere"};
    const auto process = PipedProcess::start(request, {});
    REQUIRE_FALSE(process.ok());
    CHECK(process.error().code == ErrorCode::not_found);
}

TEST_CASE("PipedProcess: silence is a timeout, reading and writing; finish then ends it") {
    auto process = start("exec sleep 1000", {.idle = Milliseconds{100}});
    REQUIRE(process.ok());
    char byte = 0;
    CHECK(process->read(&byte, 1).error().code == ErrorCode::timeout);
    CHECK(process->write(some_bytes(1U << 20U)).error().code == ErrorCode::timeout);
    CHECK(process->finish(Milliseconds{10}) == 128 + SIGTERM);
}

TEST_CASE("PipedProcess: received bytes restart the idle limit, but not the total one") {
    std::string said;
    for (const int total :
         {300, 10'000, 60'000}) {  // a busy machine may not write the first line within the first limit
        auto process = start("while :; do echo x; sleep 0.01; done",
                             {.idle = Milliseconds{total + 60'000}, .total = Milliseconds{total}});
        REQUIRE(process.ok());
        said = read_all(*process);
        if (said.starts_with('x')) break;
    }
    CHECK(said.ends_with("x\n(error)"));
}

TEST_CASE("PipedProcess: writing to a child that has ended is an error, not the end of the program") {
    auto process = start("exit 0");
    REQUIRE(process.ok());
    CHECK(read_all(*process).empty());
    const gup::Status status = process->write(some_bytes(1U << 20U));
    REQUIRE_FALSE(status.ok());
    CHECK(status.error().code == ErrorCode::io);
    CHECK(process->finish() == 0);
}

TEST_CASE("PipedProcess: the output ends with the child, even if a grandchild has the pipe open") {
    auto process = start("sleep 1000 & echo $!");
    REQUIRE(process.ok());
    const std::string pid = read_all(*process);
    CHECK(process->finish() == 0);
    REQUIRE(::kill(static_cast<pid_t>(std::stol(pid)), SIGKILL) == 0);
}

TEST_CASE("PipedProcess: the destructor ends a running process") {
    std::string pid;
    {
        auto process = start("echo $$; exec sleep 1000");
        REQUIRE(process.ok());
        while (!pid.ends_with('\n')) {
            char byte = 0;
            REQUIRE(process->read(&byte, 1).value_or(0) == 1);
            pid += byte;
        }
    }
    CHECK(::kill(static_cast<pid_t>(std::stol(pid)), 0) == -1);
}

TEST_CASE("PipedProcess: a signal to the program cancels a read") {
    int started[2];
    REQUIRE(::pipe(started) == 0);
    const pid_t pid = ::fork();
    if (pid == 0) {
        ::alarm(60);
        gup::install_signal_handlers();
        auto process = start("exec sleep 1000");
        (void)!::write(started[1], "x", 1);
        char byte = 0;
        const auto count = process->read(&byte, 1);
        const bool cancelled = !count.ok() && count.error().code == ErrorCode::cancelled;
        ::_exit(cancelled && process->finish() == 128 + SIGTERM ? 7 : 1);
    }
    char byte = 0;
    REQUIRE(::read(started[0], &byte, 1) == 1);
    ::kill(pid, SIGINT);
    int status = 0;
    ::waitpid(pid, &status, 0);
    CHECK(WEXITSTATUS(status) == 7);
    ::close(started[0]);
    ::close(started[1]);
}

TEST_CASE("PipedProcess: several at once in several threads") {
    std::vector<std::thread> threads;
    std::vector<int> right(6, 0);
    for (int& mine : right) {
        threads.emplace_back([&mine] {
            auto process = start("exec cat");
            const std::string bytes = some_bytes(300'000);
            if (!process.ok() || !process->write(bytes).ok()) return;
            std::string back;
            std::vector<char> buffer(4096);
            while (back.size() < bytes.size()) {
                const auto count = process->read(buffer.data(), buffer.size());
                if (!count.ok() || count.value() == 0) return;
                back.append(buffer.data(), count.value());
            }
            mine = back == bytes && process->finish() == 0 ? 1 : 0;
        });
    }
    for (std::thread& thread : threads) thread.join();
    CHECK(right == std::vector<int>(6, 1));
}
