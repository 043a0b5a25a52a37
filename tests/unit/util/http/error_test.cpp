// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <string>

#include "http_fixture.hpp"
#include "servers.hpp"
#include "util/http/http.hpp"
#include "util/sys/signals.hpp"

namespace gup::test {

TEST_CASE("HttpPool: a server whose CA is unknown is refused with a hint") {
    HttpOptions options;
    options.ca_file = "/etc/ssl/certs/ca-certificates.crt";
    const Answer answer = fetch(*pool_with(options), get(shared_web().https("files/hello.txt")));
    CHECK(answer.code == ErrorCode::protocol);
    CHECK(answer.cause == Cause::tls);
    CHECK(answer.message.find("certificate") != std::string::npos);
    CHECK(answer.hint.find("network.ca-file") != std::string::npos);
    HttpRequest trusting = get(shared_web().https("files/hello.txt"));
    trusting.verify_peer = false;
    CHECK(fetch(*pool_with(options), std::move(trusting)).status == 200);
    HttpRequest own = get(shared_web().https("files/hello.txt"));
    own.ca_file = shared_web().ca_file();
    CHECK(fetch(*pool_with(options), std::move(own)).status == 200);
}

TEST_CASE("HttpPool: a certificate for another name is refused") {
    std::string url = shared_web().https("files/hello.txt");
    url.replace(url.find("localhost"), 9, "127.0.0.1");
    const Answer answer = fetch(url);
    CHECK(answer.status == 0);
    CHECK(answer.code == ErrorCode::protocol);
    CHECK(answer.cause == Cause::tls);
    CHECK(answer.hint.find("host name") != std::string::npos);
}

TEST_CASE("HttpPool: a missing CA file is named") {
    HttpOptions options;
    options.ca_file = "/nonexistent/ca.pem";
    const Answer answer = fetch(*pool_with(options), get(shared_web().https("files/hello.txt")));
    CHECK(answer.code == ErrorCode::io);
    CHECK(answer.cause == Cause::tls);
    CHECK(answer.message.find("/nonexistent/ca.pem") != std::string::npos);
}

TEST_CASE("HttpPool: https never changes to http") {
    const Answer answer = fetch(shared_web().https("down/files/hello.txt"));
    CHECK(answer.status == 0);
    CHECK(answer.code == ErrorCode::protocol);
}

TEST_CASE("HttpPool: only http and https are supported") {
    write_text(shared_web().root() / "files/local", "local");
    const Answer answer = fetch("file://" + (shared_web().root() / "files/local").string());
    CHECK(answer.status == 0);
    CHECK(answer.code == ErrorCode::protocol);
}

TEST_CASE("HttpPool: an unknown host, no server and a cut connection are unreachable") {
    const Answer nameless = fetch("http://no-such-host.invalid/");
    CHECK(nameless.code == ErrorCode::unreachable);
    CHECK(nameless.cause == Cause::name_lookup);
    const Answer refused = fetch(fmt::format("http://alice:secret@127.0.0.1:{}/a?token=secret", free_port()));
    CHECK(refused.code == ErrorCode::unreachable);
    CHECK(refused.cause == Cause::none);
    CHECK(refused.message.find("/a: ") != std::string::npos);
    CHECK(refused.message.find("secret") == std::string::npos);
    CHECK(refused.message.find(" ms") == std::string::npos);  // the same words every night
    const RawServer cut([](int socket, const Running&) {
        read_request(socket);
        say(socket, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly ten b");
    });
    const Answer answer = fetch(cut.url(""));
    CHECK(answer.status == 200);
    CHECK(answer.body.empty());
    CHECK(answer.code == ErrorCode::unreachable);
}

TEST_CASE("HttpPool: a chunked body without its end is unreachable") {
    const RawServer cut([](int socket, const Running&) {
        read_request(socket);
        say(socket, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
    });
    CHECK(fetch(cut.url("")).code == ErrorCode::unreachable);
}

TEST_CASE("HttpPool: an answer that is not HTTP is a protocol error") {
    const RawServer chat([](int socket, const Running& running) {
        read_request(socket);
        say(socket, "220 mail.example.org ESMTP\r\n");
        wait_for_close(socket, running);
    });
    CHECK(fetch(chat.url("")).code == ErrorCode::protocol);
}

TEST_CASE("HttpPool: a server that never answers is a timeout after low_speed_time" * doctest::test_suite("slow")) {
    const RawServer mute([](int socket, const Running& running) { wait_for_close(socket, running); });
    HttpOptions options;
    options.low_speed_time = Milliseconds{1000};
    const auto start = std::chrono::steady_clock::now();
    CHECK(fetch(*pool_with(options), get(mute.url(""))).code == ErrorCode::timeout);
    CHECK(since(start) < HttpOptions().low_speed_time);
}

TEST_CASE("HttpPool: a time limit of a month is not too long for 32 bits") {
    HttpOptions options;
    options.connect_timeout = options.total_timeout = std::chrono::hours{24 * 30};
    CHECK(fetch(*pool_with(options), get(shared_web().http("files/hello.txt"))).status == 200);
}

TEST_CASE("HttpPool: a body that only trickles is a timeout" * doctest::test_suite("slow")) {
    const auto trickle = [](int socket, const Running& running) {
        read_request(socket);
        say(socket, "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n");
        while (running && ::send(socket, "xxxx", 4, MSG_NOSIGNAL) == 4) ::poll(nullptr, 0, 100);
    };
    const RawServer slow(trickle);
    HttpOptions options;
    options.low_speed_time = Milliseconds{2000};
    CHECK(fetch(*pool_with(options), get(slow.url(""))).code == ErrorCode::timeout);
    HttpOptions patient;
    patient.low_speed_limit = 1;
    patient.total_timeout = Milliseconds{1500};
    const auto start = std::chrono::steady_clock::now();
    CHECK(fetch(*pool_with(patient), get(slow.url(""))).code == ErrorCode::timeout);
    CHECK(since(start) < Milliseconds{60'000});  // 100,000 bytes would take 40 minutes
}

TEST_CASE("HttpPool: a stalled TLS handshake ends with connect_timeout") {
    const RawServer mute([](int socket, const Running& running) { wait_for_close(socket, running); });
    HttpOptions options;
    options.connect_timeout = Milliseconds{500};
    const auto start = std::chrono::steady_clock::now();
    const Answer answer = fetch(*pool_with(options), get(fmt::format("https://127.0.0.1:{}/", mute.port())));
    CHECK(answer.code == ErrorCode::unreachable);
    CHECK(since(start) < HttpOptions().connect_timeout);
}

TEST_CASE("HttpPool: requests go through the configured proxy") {
    const RawServer proxy([](int socket, const Running&) {
        read_request(socket);
        say(socket, "HTTP/1.1 200 OK\r\nContent-Length: 7\r\nConnection: close\r\n\r\nproxied");
    });
    HttpRequest request = get("http://no-such-host.invalid/x");
    request.proxy = proxy.url("");
    CHECK(fetch(*pool_with(), std::move(request)).body == "proxied");
    HttpOptions options;
    options.proxy = proxy.url("");
    CHECK(fetch(*pool_with(options), get("http://no-such-host.invalid/x")).body == "proxied");
}

TEST_CASE("HttpStream: destroying it ends the transfer") {
    std::atomic<bool> closed{false};
    const RawServer server([&closed](int socket, const Running& running) {
        read_request(socket);
        say(socket, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n");
        closed = wait_for_close(socket, running);
    });
    const auto pool = pool_with();
    {
        const auto stream = pool->start(get(server.url("")));
        REQUIRE(stream->head().ok());
    }
    const auto start = std::chrono::steady_clock::now();
    while (!closed && since(start) < Milliseconds{60'000}) ::poll(nullptr, 0, 10);
    CHECK(closed);
}

TEST_CASE("HttpStream: it outlives its pool, and then fails as cancelled") {
    const RawServer mute([](int socket, const Running& running) { wait_for_close(socket, running); });
    auto pool = pool_with();
    const auto stream = pool->start(get(mute.url("")));
    pool.reset();
    const auto head = stream->head();
    REQUIRE(!head.ok());
    CHECK(head.error().code == ErrorCode::cancelled);
}

TEST_CASE("HttpPool: a signal cancels active and later requests") {
    const RawServer mute([](int socket, const Running& running) { wait_for_close(socket, running); });
    const std::string url = mute.url("");
    const auto start = std::chrono::steady_clock::now();
    const pid_t child = ::fork();
    if (child == 0) {  // a stop cannot be undone, so another process does it
        install_signal_handlers();
        auto pool = HttpPool::make({});
        if (!pool.ok()) ::_exit(2);
        const auto stream = (*pool)->start(get(url));
        ::kill(::getpid(), SIGTERM);
        const auto head = stream->head();
        const bool cancelled = !head.ok() && head.error().code == ErrorCode::cancelled;
        const auto later = (*pool)->start(get(url))->head();
        ::_exit(cancelled && !later.ok() && later.error().code == ErrorCode::cancelled ? 0 : 1);
    }
    int status = -1;
    ::waitpid(child, &status, 0);
    CHECK(status == 0);
    CHECK(since(start) < HttpOptions().low_speed_time);
}

}  // namespace gup::test
