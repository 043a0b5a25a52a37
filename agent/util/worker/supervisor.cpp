// SPDX-License-Identifier: Apache-2.0
#include "util/worker/supervisor.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>

#include "util/log/log.hpp"
#include "util/sys/signals.hpp"
#include "util/units.hpp"
#include "util/worker/fork.hpp"
#include "util/worker/worker.hpp"

namespace gup {
namespace {

using nlohmann::json;

// So many workers at one time. One that takes longer than `patience` no longer keeps others from starting.
constexpr std::size_t workers_at_once = 8;
constexpr Milliseconds patience{120'000};
// A worker cannot fill the log.
constexpr std::size_t most_messages = 100'000;
constexpr std::size_t longest_log_message = 64U << 10U;
// In the worker.
void report_work(const WorkerTask& task, UniqueFd channel, const Status& entered) {
    const int fd = channel.get();
    const auto as_json = [](Result<json> result) {
        return result.ok() ? json{{"value", *std::move(result)}} : json{{"error", error_json(result.error())}};
    };
    if (!entered.ok()) {
        (void)send_message(fd, {{"tell", "end"}, {"with", as_json(entered.error())}}).ok();
        (void)channel.release();
        return;
    }
    detail::become_worker(std::move(channel), task.is_agents_own ? detail::ActsFor::agent : detail::ActsFor::owner);
    tell_agent("end", as_json(task.run()));
}

}  // namespace

static Error no_end() {
    return {ErrorCode::failed, "its worker ended without a report", {}, Cause::worker_died};
}

WorkerTask aside_task(std::function<Result<json>()> run, const std::optional<Sandbox>& sandbox) {
    WorkerTask task;
    task.sandbox.is_confined = false;
    if (sandbox) task.sandbox = *sandbox;
    task.is_agents_own = true;
    task.run = std::move(run);
    return task;
}

struct Supervisor::Worker {
    WorkerTask task;
    pid_t pid = -1;
    UniqueFd fd;
    MessageReader reader;
    std::optional<Result<json>> end;
    Worker* asker = nullptr;      // that waits for this one's result
    Worker* answering = nullptr;  // the one that works on its question
    Milliseconds since{0};
    Milliseconds until{0};
    std::size_t told = 0;  // messages that it sent without being asked
    bool is_over = false;

    void kill() {
        ::kill(pid, SIGKILL);
        is_over = true;
    }
};

Supervisor::Supervisor(Milliseconds longest_work) : longest_work_(longest_work) {
    handle("log", [](const WorkerTask& worker, const json& with) -> Result<json> {
        const auto level = static_cast<log::Level>(std::clamp<std::int64_t>(number_member(with, "level"), 0, 3));
        const std::string connector = text_member(with, "connector");
        const auto& known = worker.connectors;
        const bool is_its_own = connector.empty() || std::find(known.begin(), known.end(), connector) != known.end();
        if (!is_its_own) return json();
        const std::string message = text_member(with, "message").substr(0, longest_log_message);
        flag_member(with, "file_only") ? log::record(level, connector, message) : log::write(level, connector, message);
        return json();
    });
}

Supervisor::~Supervisor() {
    for (const auto& worker : workers_) {
        if (worker->pid <= 0) continue;
        ::kill(worker->pid, SIGKILL);
        ::waitpid(worker->pid, nullptr, 0);
    }
}

void Supervisor::handle(const std::string& what, Handler handler) {
    handlers_[what] = std::move(handler);
}

void Supervisor::handle_aside(const std::string& what, AsideHandler handler) {
    aside_handlers_[what] = std::move(handler);
}

std::size_t Supervisor::busy_slots() const {
    const Milliseconds now = system_clock().monotonic();
    return static_cast<std::size_t>(std::count_if(workers_.begin(), workers_.end(), [&](const auto& one) {
        return one->asker == nullptr && now - one->since < patience;
    }));
}

void Supervisor::start(WorkerTask task) {
    if (busy_slots() >= workers_at_once || stop_requested()) {
        waiting_.push_back(std::move(task));
        return;
    }
    launch(std::move(task), nullptr);
}

void Supervisor::start_waiting() {
    while (!waiting_.empty() && (stop_requested() || busy_slots() < workers_at_once)) {
        WorkerTask task = std::move(waiting_.front());
        waiting_.erase(waiting_.begin());
        if (stop_requested()) {
            if (task.on_end) task.on_end(task, Error{ErrorCode::cancelled, "stopped before it was looked at", {}});
        } else {
            launch(std::move(task), nullptr);
        }
    }
}

void Supervisor::launch(WorkerTask task, Worker* asker) {
    auto worker = std::make_unique<Worker>();
    worker->task = std::move(task);
    worker->asker = asker;
    worker->since = system_clock().monotonic();
    worker->until = asker != nullptr ? asker->until : worker->since + longest_work_;
    auto forked = fork_worker(worker->task.sandbox, [&](UniqueFd channel, const Status& entered) {
        report_work(worker->task, std::move(channel), entered);
    });
    if (forked.ok()) {
        worker->pid = forked->pid;
        worker->fd = std::move(forked->channel);
        if (asker != nullptr) asker->answering = worker.get();
        workers_.push_back(std::move(worker));
        return;
    }
    if (asker != nullptr) return answer(*asker, forked.error());
    if (worker->task.on_end) worker->task.on_end(worker->task, forked.error());
}

void Supervisor::run() {
    for (;;) {
        start_waiting();
        if (workers_.empty() && waiting_.empty()) return;
        forward_stop();
        wait_for_news();
        look_after();
        for (auto one = workers_.begin(); one != workers_.end();) {
            if (!(*one)->is_over) {
                ++one;
                continue;
            }
            const std::unique_ptr<Worker> over = std::move(*one);
            one = workers_.erase(one);
            end(*over);
        }
    }
}

void Supervisor::wait_for_news() {
    constexpr int between_looks = 1000;  // for those that wait for a slot
    constexpr int between_long_looks = 10'000;
    std::vector<pollfd> fds;
    std::vector<Worker*> order;
    Milliseconds wait{waiting_.empty() ? between_long_looks : between_looks};
    if (on_wait_) wait = std::clamp(on_wait_(), Milliseconds{0}, wait);
    for (const auto& worker : workers_) {
        wait = std::clamp(worker->until - system_clock().monotonic(), Milliseconds{0}, wait);
        fds.push_back({worker->fd.get(), POLLIN, 0});
        order.push_back(worker.get());
    }
    if (!is_stop_forwarded_) fds.push_back({stop_fd(), POLLIN, 0});
    if (::poll(fds.data(), fds.size(), static_cast<int>(wait.count())) <= 0) return;
    for (std::size_t i = 0; i < order.size(); ++i) {
        if (fds[i].revents != 0) read_from(*order[i]);
    }
}

// Ends those that work too long, which an owner can bring about by stopping (kill -STOP) one. A program that a worker left
// may keep its channel open.
void Supervisor::look_after() {
    const Milliseconds now = system_clock().monotonic();
    for (const auto& worker : workers_) {
        if (worker->is_over) continue;
        siginfo_t gone{};
        const bool is_late = now >= worker->until;
        if (is_late) {
            log::error({}, fmt::format("a worker for {} was ended: it worked for {}",
                                       fmt::join(worker->task.connectors, ", "), format_duration(longest_work_)));
        } else if (::waitid(P_PID, static_cast<id_t>(worker->pid), &gone, WEXITED | WNOHANG | WNOWAIT) != 0 ||
                   gone.si_pid == 0) {
            continue;
        }
        if (!is_late) read_rest(*worker);
        worker->kill();
    }
}

// What it sent before its end: not more than a socket's buffer, because others may go on to write.
void Supervisor::read_rest(Worker& worker) {
    constexpr int most_reads = 16;
    for (int i = 0; i < most_reads && !worker.is_over; ++i) {
        pollfd waiting{worker.fd.get(), POLLIN, 0};
        if (::poll(&waiting, 1, 0) <= 0) return;
        read_from(worker);
    }
}

void Supervisor::forward_stop() {
    if (is_stop_forwarded_ || !stop_requested()) return;
    is_stop_forwarded_ = true;
    for (const auto& worker : workers_) {
        ::kill(worker->pid, SIGTERM);
        ::kill(worker->pid, SIGCONT);
    }
}

void Supervisor::read_from(Worker& worker) {
    std::array<char, 65536> buffer{};
    const ssize_t count = ::recv(worker.fd.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (count <= 0) {
        worker.is_over = true;
        return;
    }
    worker.reader.add({buffer.data(), static_cast<std::size_t>(count)});
    while (!worker.is_over) {
        auto message = worker.reader.next();
        if (!message.ok()) {
            log::error({}, message.error().message + ", so its worker was ended");
            return worker.kill();
        }
        if (!*message) return;
        take(worker, **message);
    }
}

void Supervisor::take(Worker& worker, const json& message) {
    const json& with = member_of(message, "with");
    const std::string told = text_member(message, "tell");
    if (told == "end") {
        const json& error = member_of(with, "error");
        worker.end = error.is_null() ? Result<json>(member_of(with, "value")) : Result<json>(error_from(error));
        return;
    }
    if (!told.empty()) {
        if (++worker.told > most_messages) return;
        if (worker.told == most_messages) log::error({}, "a worker sends too many messages: the rest is ignored");
        if (const auto handler = handlers_.find(told); handler != handlers_.end()) {
            (void)handler->second(worker.task, with).ok();
        }
        return;
    }
    const std::string asked = text_member(message, "ask");
    if (const auto handler = handlers_.find(asked); handler != handlers_.end()) {
        return answer(worker, handler->second(worker.task, with));
    }
    const auto aside = aside_handlers_.find(asked);
    if (aside == aside_handlers_.end() || worker.answering != nullptr) {
        return answer(worker, Error{ErrorCode::unsupported, "the agent does not know the question " + asked, {}});
    }
    auto task = aside->second(worker.task, with);
    if (!task.ok()) return answer(worker, task.error());
    task->connectors = worker.task.connectors;
    launch(*std::move(task), &worker);
}

// A worker waits for its answer, so there is room for it. One that does not read it only harms itself.
void Supervisor::answer(Worker& worker, const Result<json>& value) {
    const std::string bytes =
        encode_message(value.ok() ? json{{"value", *value}} : json{{"error", error_json(value.error())}});
    const ssize_t sent = ::send(worker.fd.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent == static_cast<ssize_t>(bytes.size())) return;
    worker.kill();
}

void Supervisor::end(Worker& worker) {
    worker.fd.reset();
    const Status ended = wait_for_worker(worker.pid, worker.task.sandbox);
    worker.pid = -1;
    Result<json> result = no_end();
    if (!ended.ok()) {
        result = ended.error();
    } else if (worker.end) {
        result = *std::move(worker.end);
    }
    if (worker.answering != nullptr) {  // nobody waits for it any more
        worker.answering->asker = nullptr;
        ::kill(worker.answering->pid, SIGTERM);
    }
    if (worker.asker != nullptr) {
        worker.asker->answering = nullptr;
        return answer(*worker.asker, result);
    }
    if (worker.task.on_end) worker.task.on_end(worker.task, std::move(result));
}

}  // namespace gup
