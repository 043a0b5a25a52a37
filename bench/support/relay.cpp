// SPDX-License-Identifier: Apache-2.0
// A line with a given delay in front of a server, for the benches.
//
//     relay PORT SOCKET
//
// It forwards connections to 127.0.0.1:PORT to the Unix socket SOCKET, and answers DNS on 127.0.0.1:53.
//
// It has one thread and makes no unnecessary copies, so that its own cost does not show. Every chunk is delayed by `delay`
// in each direction. The first chunk of a connection waits one more round trip, because the kernel's handshake with this
// relay takes no time. Every host name is 127.0.0.1; the answer takes one round trip.
//
// Commands on standard input, one a line, are `delay MILLISECONDS`, `reset` and `read`. The answer to each is one line:
// connections, open ones, questions, round trips, bytes up, bytes down, all but the second since the last reset.
//
// A round trip is counted for a question about an IPv4 address, for a connection, and for an answer to a client. On one
// connection it is counted at most once in the time of a round trip, because requests that are sent together wait together.
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <iostream>
#include <map>
#include <memory>
#include <queue>
#include <string>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;
using Time = Clock::time_point;
using Bytes = std::vector<char>;

constexpr std::size_t chunk_size = 128 * 1024;
constexpr std::size_t most_waiting = 16 * 1024 * 1024;  // bytes per direction; beyond them the sender must wait

struct Counters {
    long connections = 0, questions = 0, trips = 0, up = 0, down = 0;
};

struct Chunk {
    Time due;
    Bytes bytes;  // empty: the sender has closed its side
};

// One direction of a connection.
struct Direction {
    int from = -1, to = -1;
    std::deque<Chunk> chunks;
    std::size_t waiting = 0;  // bytes in `chunks`
    std::size_t sent = 0;     // bytes of the first chunk
    bool from_closed = false, to_closed = false, blocked = false;
};

struct Connection {
    Direction up, down;
    Time accepted, last_trip;
    bool asked = false;
};

struct Answer {
    Time due;
    Bytes bytes;
    sockaddr_in to;
};

[[noreturn]] void fail(const char* what) {
    std::perror(what);
    std::exit(1);
}

class Relay {
public:
    Relay(int port, std::string socket) : socket_(std::move(socket)), poll_(epoll_create1(0)) {
        listener_ = listen_on(SOCK_STREAM, port);
        if (listen(listener_, 1024) != 0) fail("relay: listen");
        dns_ = listen_on(SOCK_DGRAM, 53);
        for (const int file : {listener_, dns_, 0}) watch(file, EPOLLIN, EPOLL_CTL_ADD);
    }

    void run() {
        std::puts("ready");
        std::fflush(stdout);
        while (!ended_) {
            epoll_event events[256];
            const int count = epoll_wait(poll_, events, 256, milliseconds_to_wait());
            for (int index = 0; index < count; ++index) handle(events[index]);
            deliver(Clock::now());
        }
    }

private:
    using Timer = std::pair<Time, int>;  // when, and the `to` of a direction

    static int listen_on(int type, int port) {
        const int file = socket(AF_INET, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        const int yes = 1;
        setsockopt(file, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(static_cast<std::uint16_t>(port));
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        if (bind(file, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) fail("relay: bind");
        return file;
    }

    bool watch(int file, unsigned events, int how = EPOLL_CTL_MOD) const {
        epoll_event event{};
        event.events = events;
        event.data.fd = file;
        return epoll_ctl(poll_, how, file, &event) == 0;
    }

    int milliseconds_to_wait() const {
        const Time now = Clock::now();
        Time next = Time::max();
        if (!timers_.empty()) next = timers_.top().first;
        if (!answers_.empty()) next = std::min(next, answers_.front().due);
        if (next == Time::max()) return -1;
        if (next <= now) return 0;
        return static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(next - now).count());
    }

    void handle(const epoll_event& event) {
        const int file = event.data.fd;
        if (file == 0) return command();
        if (file == listener_) return accept_all();
        if (file == dns_) return questions();
        const auto found = connections_.find(file);
        if (found == connections_.end()) return;
        const std::shared_ptr<Connection> connection = found->second;
        Direction& out = connection->up.from == file ? connection->down : connection->up;
        Direction& in = connection->up.from == file ? connection->up : connection->down;
        if ((event.events & EPOLLERR) != 0) return close(*connection);
        if ((event.events & EPOLLOUT) != 0) {
            out.blocked = false;
            flush(*connection, out, Clock::now());
        }
        if ((event.events & (EPOLLIN | EPOLLHUP)) != 0) receive(*connection, in);
    }

    void accept_all() {
        for (;;) {
            const int client = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
            if (client < 0) return;
            const int yes = 1;
            setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
            const int server = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
            sockaddr_un address{};
            address.sun_family = AF_UNIX;
            std::strncpy(address.sun_path, socket_.c_str(), sizeof address.sun_path - 1);
            if (connect(server, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) fail("relay: connect");
            fcntl(server, F_SETFL, O_NONBLOCK);
            const auto connection = std::make_shared<Connection>();
            connection->up.from = connection->down.to = client;
            connection->up.to = connection->down.from = server;
            connection->accepted = Clock::now();
            connections_[client] = connections_[server] = connection;
            watch(client, EPOLLIN, EPOLL_CTL_ADD);
            watch(server, EPOLLIN, EPOLL_CTL_ADD);
            ++counters_.connections;
            ++counters_.trips;
            ++open_;
        }
    }

    void receive(Connection& connection, Direction& direction) {
        const Time now = Clock::now();
        for (int round = 0; round < 8 && !direction.from_closed && direction.waiting < most_waiting; ++round) {
            Bytes bytes(chunk_size);
            const ssize_t count = recv(direction.from, bytes.data(), bytes.size(), 0);
            if (count < 0 && errno == EAGAIN) break;
            if (count < 0) return close(connection);
            bytes.resize(static_cast<std::size_t>(count));
            bytes.shrink_to_fit();
            if (count == 0) direction.from_closed = true;
            const bool up = &direction == &connection.up;
            count_chunk(connection, up, bytes.size(), now);
            const Time earliest = up ? std::max(now, connection.accepted + 2 * delay_) : now;
            direction.waiting += bytes.size();
            direction.chunks.push_back({earliest + delay_, std::move(bytes)});
            if (delay_.count() > 0) timers_.emplace(direction.chunks.back().due, direction.to);
        }
        flush(connection, direction, now);
        update_interest(connection);
    }

    void count_chunk(Connection& connection, bool up, std::size_t size, Time now) {
        (up ? counters_.up : counters_.down) += static_cast<long>(size);
        if (size == 0) return;
        if (up) {
            connection.asked = true;
        } else if (connection.asked && now - connection.last_trip >= 2 * delay_ * 9 / 10) {
            connection.asked = false;
            connection.last_trip = now;
            ++counters_.trips;
        }
    }

    void flush(Connection& connection, Direction& direction, Time now) {
        while (!direction.blocked && !direction.chunks.empty() && direction.chunks.front().due <= now) {
            Chunk& chunk = direction.chunks.front();
            if (chunk.bytes.empty()) {
                shutdown(direction.to, SHUT_WR);
                direction.to_closed = true;
            } else {
                const ssize_t count = send(direction.to, chunk.bytes.data() + direction.sent,
                                           chunk.bytes.size() - direction.sent, MSG_NOSIGNAL);
                if (count < 0 && errno != EAGAIN) return close(connection);
                if (count < 0) {
                    direction.blocked = true;
                    break;
                }
                direction.sent += static_cast<std::size_t>(count);
                direction.waiting -= static_cast<std::size_t>(count);
                if (direction.sent < chunk.bytes.size()) continue;
            }
            direction.sent = 0;
            direction.chunks.pop_front();
        }
        if (connection.up.to_closed && connection.down.to_closed) return close(connection);
        update_interest(connection);
    }

    // A socket without wanted events is not watched at all. Otherwise epoll would report the end of its peer all the time.
    void update_interest(const Connection& connection) const {
        const auto update = [this](const Direction& in, const Direction& out) {
            const bool reads = !in.from_closed && in.waiting < most_waiting;
            const unsigned events = (reads ? unsigned{EPOLLIN} : 0U) | (out.blocked ? unsigned{EPOLLOUT} : 0U);
            if (events == 0) {
                epoll_ctl(poll_, EPOLL_CTL_DEL, in.from, nullptr);
            } else if (!watch(in.from, events)) {
                watch(in.from, events, EPOLL_CTL_ADD);
            }
        };
        if (connection.up.from < 0) return;
        update(connection.up, connection.down);
        update(connection.down, connection.up);
    }

    void close(Connection& connection) {
        if (connection.up.from < 0) return;
        const int files[] = {connection.up.from, connection.down.from};
        connection.up.from = connection.down.from = -1;
        connection.up.chunks.clear();
        connection.down.chunks.clear();
        --open_;
        for (const int file : files) {
            ::close(file);
            connections_.erase(file);
        }
    }

    void questions() {
        for (;;) {
            Bytes packet(512);
            sockaddr_in from{};
            socklen_t length = sizeof from;
            const ssize_t count =
                recvfrom(dns_, packet.data(), packet.size(), 0, reinterpret_cast<sockaddr*>(&from), &length);
            if (count < 0) return;
            std::size_t end = 12;
            while (end < static_cast<std::size_t>(count) && packet[end] != 0)
                end += 1 + static_cast<unsigned char>(packet[end]);
            end += 5;
            if (end > static_cast<std::size_t>(count)) continue;
            const bool ipv4 = packet[end - 3] == 1;
            packet.resize(end);
            const char head[] = {'\x81', '\x80', 0, 1, 0, static_cast<char>(ipv4 ? 1 : 0), 0, 0, 0, 0};
            std::memcpy(packet.data() + 2, head, sizeof head);
            const char record[] = {'\xc0', '\x0c', 0, 1, 0, 1, 0, 0, 1, 0, 0, 4, 127, 0, 0, 1};
            if (ipv4) packet.insert(packet.end(), record, record + sizeof record);
            answers_.push_back({Clock::now() + 2 * delay_, std::move(packet), from});
            ++counters_.questions;
            if (ipv4) ++counters_.trips;
        }
    }

    void deliver(Time now) {
        while (!answers_.empty() && answers_.front().due <= now) {
            const Answer& answer = answers_.front();
            sendto(dns_, answer.bytes.data(), answer.bytes.size(), 0, reinterpret_cast<const sockaddr*>(&answer.to),
                   sizeof answer.to);
            answers_.pop_front();
        }
        while (!timers_.empty() && timers_.top().first <= now) {
            const int to = timers_.top().second;
            timers_.pop();
            const auto found = connections_.find(to);
            if (found == connections_.end()) continue;
            const std::shared_ptr<Connection> connection = found->second;
            flush(*connection, connection->up.to == to ? connection->up : connection->down, now);
        }
    }

    void command() {
        std::string line;
        if (!std::getline(std::cin, line)) {
            ended_ = true;
            return;
        }
        if (line.starts_with("delay ")) {
            delay_ = std::chrono::microseconds(std::lround(1000 * std::atof(line.c_str() + 6)));
        } else if (line == "reset") {
            counters_ = {};
        }
        std::printf("%ld %ld %ld %ld %ld %ld\n", counters_.connections, open_, counters_.questions, counters_.trips,
                    counters_.up, counters_.down);
        std::fflush(stdout);
    }

    std::string socket_;
    int poll_, listener_ = -1, dns_ = -1;
    std::chrono::microseconds delay_{0};
    bool ended_ = false;
    long open_ = 0;
    Counters counters_;
    std::map<int, std::shared_ptr<Connection>> connections_;
    std::priority_queue<Timer, std::vector<Timer>, std::greater<>> timers_;
    std::deque<Answer> answers_;
};

}  // namespace

int main(int count, char** arguments) {
    if (count != 3) {
        std::fputs("usage: relay PORT SOCKET\n", stderr);
        return 2;
    }
    Relay(std::atoi(arguments[1]), arguments[2]).run();
}
