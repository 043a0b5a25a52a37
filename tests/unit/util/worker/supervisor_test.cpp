// SPDX-License-Identifier: Apache-2.0
#include "util/worker/supervisor.hpp"

#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>

#include "fixture.hpp"
#include "util/sys/signals.hpp"
#include "util/worker/fork.hpp"
#include "util/worker/worker.hpp"

using namespace gup;
using namespace gup::test;
using nlohmann::json;

namespace {

// The channel of the worker that runs this: its only socket above 2.
int own_channel() {
    struct stat status {};
    for (int fd = 3; fd < 1024; ++fd) {
        if (::fstat(fd, &status) == 0 && S_ISSOCK(status.st_mode)) return fd;
    }
    return -1;
}

void send_raw(const std::string& bytes) {
    (void)::send(own_channel(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
}

// A supervisor, and what its workers ended with.
struct Supervised {
    Supervisor supervisor;
    std::vector<Result<json>> ends;

    Supervised() = default;
    explicit Supervised(Milliseconds longest) : supervisor(longest) {}

    void start(std::function<Result<json>()> run, std::vector<std::string> connectors = {"meter"}) {
        WorkerTask task;
        task.connectors = std::move(connectors);
        task.run = std::move(run);
        task.on_end = [this](const WorkerTask&, Result<json> result) { ends.push_back(std::move(result)); };
        supervisor.start(std::move(task));
    }

    Result<json> end_of(std::function<Result<json>()> run) {
        start(std::move(run));
        supervisor.run();
        REQUIRE_FALSE(ends.empty());
        return ends.back();
    }
};

WorkerTask aside(std::function<Result<json>()> run) {
    WorkerTask task;
    task.is_agents_own = true;
    task.run = std::move(run);
    return task;
}

}  // namespace

TEST_CASE("a worker's questions are answered, and its result arrives") {
    Supervised supervised;
    std::vector<std::string> told;
    supervised.supervisor.handle("double", [](const WorkerTask& worker, const json& with) -> Result<json> {
        if (worker.connectors.front() != "meter") return Error{ErrorCode::permission, "not yours", {}};
        return json(2 * number_member(with, "n"));
    });
    supervised.supervisor.handle("note", [&](const WorkerTask&, const json& with) -> Result<json> {
        told.push_back(text_member(with, "text"));
        return json();
    });
    const auto end = supervised.end_of([]() -> Result<json> {
        tell_agent("note", {{"text", "\xFF\n"}});
        GUP_TRY(const json answer, ask_agent("double", {{"n", 21}}));
        return json{{"answer", answer}, {"in", in_worker()}};
    });
    REQUIRE(end.ok());
    CHECK(number_member(*end, "answer") == 42);
    CHECK(flag_member(*end, "in"));
    CHECK(told == std::vector<std::string>{"\xFF\n"});
    CHECK_FALSE(in_worker());
}

TEST_CASE("a worker's errors and refused questions arrive as they are") {
    Supervised supervised;
    supervised.supervisor.handle("no", [](const WorkerTask&, const json&) -> Result<json> {
        return Error{ErrorCode::permission, "not yours", "ask"};
    });
    const auto end = supervised.end_of([]() -> Result<json> { return ask_agent("no", {}).error(); });
    CHECK(code_of(end) == ErrorCode::permission);
    CHECK(end.error().message == "not yours");
    CHECK(end.error().hint == "ask");
    const auto unknown = supervised.end_of([]() -> Result<json> { return ask_agent("what", {}).error(); });
    CHECK(code_of(unknown) == ErrorCode::unsupported);
}

TEST_CASE("a long answer is worked out in a process of its own") {
    Supervised supervised;
    supervised.supervisor.handle_aside("where", [](const WorkerTask&, const json& with) -> Result<WorkerTask> {
        if (flag_member(with, "refuse")) return Error{ErrorCode::permission, "no", {}};
        return aside([]() -> Result<json> { return json{{"pid", ::getpid()}, {"in", in_worker()}}; });
    });
    const auto end = supervised.end_of([]() -> Result<json> {
        GUP_TRY(const json answer, ask_agent("where", {}));
        const auto refused = ask_agent("where", {{"refuse", true}});
        return json{
            {"pid", answer.at("pid")}, {"own", ::getpid()}, {"in", answer.at("in")}, {"refused", !refused.ok()}};
    });
    REQUIRE(end.ok());
    CHECK(number_member(*end, "pid") != number_member(*end, "own"));
    CHECK(number_member(*end, "pid") != ::getpid());
    CHECK_FALSE(flag_member(*end, "in"));
    CHECK(flag_member(*end, "refused"));
}

TEST_CASE("a process that dies over its answer is an error of the question") {
    Supervised supervised;
    supervised.supervisor.handle_aside("die", [](const WorkerTask&, const json&) -> Result<WorkerTask> {
        return aside([]() -> Result<json> { std::abort(); });
    });
    const auto end = supervised.end_of([]() -> Result<json> { return ask_agent("die", {}).error(); });
    CHECK(end.error().message == "its worker ended with signal 6");
}

TEST_CASE("a worker that dies while its question is being answered harms nobody") {
    Supervised supervised;
    supervised.supervisor.handle_aside("wait", [](const WorkerTask&, const json&) -> Result<WorkerTask> {
        return aside([]() -> Result<json> {
            while (sleep_unless_stopped(Milliseconds{60'000})) {
            }
            return json();  // it was told that nobody waits
        });
    });
    supervised.start([]() -> Result<json> { return json("fine"); });
    const auto end = supervised.end_of([]() -> Result<json> {
        send_raw(encode_message({{"ask", "wait"}}));
        ::raise(SIGKILL);
        return json();
    });
    CHECK(supervised.ends.size() == 2);
    (void)end;
}

TEST_CASE("a second question while the first is being answered is refused") {
    Supervised supervised;
    supervised.supervisor.handle_aside("slow", [](const WorkerTask&, const json&) -> Result<WorkerTask> {
        return aside([]() -> Result<json> { return json("answer"); });
    });
    const auto end = supervised.end_of([]() -> Result<json> {
        send_raw(encode_message({{"ask", "slow"}}) + encode_message({{"ask", "slow"}}));
        MessageReader reader;
        GUP_TRY(const auto first, receive_message(own_channel(), reader));
        GUP_TRY(const auto second, receive_message(own_channel(), reader));
        return json{{"first", *first}, {"second", *second}};
    });
    REQUIRE(end.ok());
    CHECK(member_of(end->at("first"), "error").is_object());
    CHECK(text_member(end->at("second"), "value") == "answer");
}

TEST_CASE("whatever a worker sends ends that worker at most") {
    const auto framed_length = [](std::uint32_t length) {
        std::string bytes;
        for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>((length >> shift) & 0xFFU);
        return bytes;
    };
    const std::vector<std::string> bad{
        framed_length(0xFFFFFFFF),
        framed_length(1) + "\xFF",
        framed_length(0),
        framed_length(64) + std::string(64, '\x81'),
    };
    for (const std::string& bytes : bad) {
        CAPTURE(bytes.size());
        Supervised supervised;
        supervised.start([]() -> Result<json> { return json("fine"); });
        supervised.start([&]() -> Result<json> {
            send_raw(bytes);
            for (;;) ::pause();
        });
        supervised.supervisor.run();
        REQUIRE(supervised.ends.size() == 2);
        const bool first = supervised.ends[0].ok();
        CHECK(first != supervised.ends[1].ok());
        CHECK(is_worker_death(supervised.ends[first ? 1 : 0].error()));
    }
}

TEST_CASE("messages of any shape change nothing") {
    Supervised supervised;
    const auto end = supervised.end_of([]() -> Result<json> {
        std::vector<json> messages(5);
        messages[0] = {{"tell", "end"}, {"with", 3}};
        messages[1] = {{"tell", "unknown"}};
        messages[2] = {{"tell", "log"}, {"with", {{"level", INT64_MIN}, {"message", 7}}}};
        messages[3] = {{"tell", "log"}, {"with", {{"level", 99}, {"connector", "another"}, {"message", "x"}}}};
        messages[4] = {{"tell", "log"}, {"with", json::array()}};
        for (const json& message : messages) send_raw(encode_message(message));
        return json("end");
    });
    REQUIRE(end.ok());
    CHECK(*end == json("end"));
}

TEST_CASE("messages that are no questions are answered as unknown ones") {
    Supervised supervised;
    const auto end = supervised.end_of([]() -> Result<json> {
        MessageReader reader;
        for (const json& message : {json(), json(5), json("x"), json::array(), json{{"tell", 5}}, json{{"ask", 5}}}) {
            send_raw(encode_message(message));
            GUP_TRY(const auto answer, receive_message(own_channel(), reader));
            if (!answer || !member_of(*answer, "error").is_object()) return json("no error");
        }
        return json("end");
    });
    REQUIRE(end.ok());
    CHECK(*end == json("end"));
}

TEST_CASE("a worker that floods the agent is ended when it does not read its answers") {
    Supervised supervised;
    supervised.supervisor.handle(
        "long", [](const WorkerTask&, const json&) -> Result<json> { return json(std::string(100'000, 'x')); });
    const auto end = supervised.end_of([]() -> Result<json> {
        for (;;) send_raw(encode_message({{"ask", "long"}}));
    });
    CHECK(is_worker_death(end.error()));
}

TEST_CASE("a worker that closes its channel and goes on is ended") {
    Supervised supervised;
    const auto end = supervised.end_of([]() -> Result<json> {
        ::shutdown(own_channel(), SHUT_RDWR);
        for (;;) ::pause();
    });
    CHECK(end.error().message == "its worker ended with signal 9");
}

TEST_CASE("a worker that its owner stops, or that never ends, is ended in the end") {
    Supervised supervised(Milliseconds{50});
    supervised.start([]() -> Result<json> {
        for (;;) ::pause();
    });
    const auto end = supervised.end_of([]() -> Result<json> {
        ::raise(SIGSTOP);
        return json();
    });
    CHECK(supervised.ends.size() == 2);
    CHECK(is_worker_death(end.error()));
    CHECK(is_worker_death(supervised.ends.front().error()));
}

TEST_SUITE("slow") {
    TEST_CASE("a worker has ended when a process that it left keeps its channel open") {
        Supervised supervised;
        const auto end = supervised.end_of([]() -> Result<json> {
            if (::fork() == 0) {
                ::sleep(60);
                ::_exit(0);
            }
            return json("end");
        });
        REQUIRE(end.ok());
        CHECK(*end == json("end"));
    }
}

TEST_CASE("a worker that cannot enter its sandbox says why") {
    if (::geteuid() == 0) return;
    Supervised supervised;
    WorkerTask task;
    task.sandbox.identity = Identity{0, 0, {}};
    task.run = []() -> Result<json> { return json(); };
    task.on_end = [&](const WorkerTask&, Result<json> result) { supervised.ends.push_back(std::move(result)); };
    supervised.supervisor.start(std::move(task));
    supervised.supervisor.run();
    REQUIRE(supervised.ends.size() == 1);
    CHECK(holds(supervised.ends.front().error().message, "cannot become user 0"));
}

TEST_CASE("a worker that only exits did not report") {
    Supervised supervised;
    const auto end = supervised.end_of([]() -> Result<json> { ::_exit(0); });
    CHECK(is_worker_death(end.error()));
    CHECK(end.error().message == "its worker ended without a report");
}

TEST_CASE("more tasks than slots all run, also those that are added at the end of one") {
    Supervised supervised;
    for (int i = 0; i < 20; ++i) supervised.start([i]() -> Result<json> { return json(i); });
    WorkerTask last;
    last.run = []() -> Result<json> { return json("first"); };
    last.on_end = [&](const WorkerTask&, const Result<json>&) {
        supervised.start([]() -> Result<json> { return json("second"); });
    };
    supervised.supervisor.start(std::move(last));
    supervised.supervisor.run();
    CHECK(supervised.ends.size() == 21);
    for (const auto& end : supervised.ends) CHECK(end.ok());
}

TEST_CASE("a stop request reaches the workers, and nothing is started after it") {
    // In a process of its own, because a stop request is for the whole process.
    const auto forked = fork_worker({}, [](UniqueFd channel, const Status&) {
        Supervised supervised;
        for (int i = 0; i < 12; ++i) {
            supervised.start([]() -> Result<json> {
                while (sleep_unless_stopped(Milliseconds{60'000})) {
                }
                return json("stopped");
            });
        }
        ::raise(SIGTERM);
        supervised.supervisor.run();
        int stopped = 0;
        int cancelled = 0;
        for (const auto& end : supervised.ends) {
            stopped += end.ok() ? 1 : 0;
            cancelled += !end.ok() && end.error().code == ErrorCode::cancelled ? 1 : 0;
        }
        (void)send_message(channel.get(), {{"stopped", stopped}, {"cancelled", cancelled}}).ok();
    });
    REQUIRE(forked.ok());
    MessageReader reader;
    const auto told = receive_message(forked->channel.get(), reader);
    REQUIRE(told.ok());
    REQUIRE(told->has_value());
    CHECK(number_member(**told, "cancelled") >= 4);
    CHECK(number_member(**told, "stopped") + number_member(**told, "cancelled") <= 12);
    CHECK(wait_for_worker(forked->pid, {}).ok());
}
