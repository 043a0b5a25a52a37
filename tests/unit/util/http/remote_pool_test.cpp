// SPDX-License-Identifier: Apache-2.0
#include "util/http/remote_pool.hpp"

#include <sys/wait.h>

#include <csignal>

#include "fixture.hpp"
#include "http_fixture.hpp"
#include "util/sys/signals.hpp"

namespace gup::test {

namespace {

std::shared_ptr<HttpPool> remote_pool(Sandbox sandbox = {}) {
    HttpOptions options;
    options.ca_file = shared_web().ca_file();
    return make_remote_pool(options, sandbox);
}

}  // namespace

TEST_CASE("a remote pool gives head and body as a pool does") {
    const auto pool = remote_pool();
    for (const std::string& url : {shared_web().http("files/hello.txt"), shared_web().https("files/hello.txt")}) {
        const auto stream = pool->start(get(url));
        const auto head = stream->head();
        REQUIRE(head.ok());
        CHECK(head->status == 200);
        CHECK(head->header("content-type") == "text/plain");
        CHECK(head->effective_url == url);
        CHECK(*stream->read_all(100) == "hello\n");
        CHECK(*stream->read_all(100) == "");
    }
    CHECK(pool->bytes_received() == 12);
}

TEST_CASE("a remote pool gives a long body in pieces, however they are read") {
    std::string content;
    for (int i = 0; i < 60'000; ++i) content += std::to_string(i);
    write_text(shared_web().root() / "files/long", content);
    const auto pool = remote_pool();
    const auto stream = pool->start(get(shared_web().http("files/long")));
    std::string body;
    std::array<char, 7001> buffer{};
    for (;;) {
        const auto size = stream->read(buffer.data(), buffer.size());
        REQUIRE(size.ok());
        if (*size == 0) break;
        body.append(buffer.data(), *size);
    }
    CHECK(body == content);
}

TEST_CASE("a remote pool answers again after a status, an error, and a body that nobody read") {
    const auto pool = remote_pool();
    CHECK(fetch(*pool, get(shared_web().http("missing/x"))).status == 404);
    CHECK(fetch(*pool, get("http://127.0.0.1:1/")).code == ErrorCode::unreachable);
    CHECK(fetch(*pool, get("not a url")).status == 0);
    write_text(shared_web().root() / "files/unread", std::string(3U << 20U, 'x'));
    {
        const auto unread = pool->start(get(shared_web().http("files/unread")));
        REQUIRE(unread->head().ok());
        std::array<char, 10> buffer{};
        REQUIRE(unread->read(buffer.data(), buffer.size()).ok());
    }
    (void)pool->start(get(shared_web().http("files/unread")));
    CHECK(fetch(*pool, get(shared_web().http("files/hello.txt"))).body == "hello\n");
}

TEST_CASE("a stream of a process that has ended is an error, each time it is asked") {
    const auto pool = remote_pool();
    auto first = pool->start(get(shared_web().http("files/hello.txt")));
    REQUIRE(first->head().ok());
    const auto second = pool->start(get(shared_web().http("files/hello.txt")));
    first.reset();  // unread: its process is ended
    CHECK_FALSE(second->head().ok());
    CHECK_FALSE(second->head().ok());
    std::array<char, 10> buffer{};
    CHECK_FALSE(second->read(buffer.data(), buffer.size()).ok());
}

TEST_CASE("a remote pool sends a body and headers") {
    const auto post = [] {
        HttpRequest request = get(shared_web().http("post"));
        request.method = "POST";
        request.body = "12345";
        return request;
    };
    const auto pool = remote_pool();
    const Answer answer = fetch(*pool, post());
    CHECK(answer.status == 200);
    CHECK(answer.body == fetch(*pool_with(), post()).body);
    CHECK(pool->bytes_sent() >= 5);
}

TEST_CASE("a sandbox that cannot be entered is the error of each request" * doctest::skip(::geteuid() == 0)) {
    Sandbox sandbox;
    sandbox.identity = Identity{0, 0, {}};
    CHECK(holds(fetch(*remote_pool(sandbox), get(shared_web().http("files/hello.txt"))).message, "cannot become"));
}

TEST_CASE("a remote pool's request is made by another user" * doctest::skip(::geteuid() != 0)) {
    Sandbox sandbox;
    sandbox.identity = Identity{65534, 65534, {65534}};
    CHECK(fetch(*remote_pool(sandbox), get(shared_web().http("files/hello.txt"))).body == "hello\n");
}

TEST_CASE("a signal ends the waiting for a remote pool") {
    const RawServer mute([](int socket, const Running& running) { wait_for_close(socket, running); });
    const std::string url = mute.url("");
    const pid_t child = ::fork();
    if (child == 0) {  // a stop cannot be undone, so another process does it
        install_signal_handlers();
        const auto pool = make_remote_pool({}, {});
        const auto stream = pool->start(get(url));
        ::kill(::getpid(), SIGTERM);
        const auto head = stream->head();
        const auto later = stream->head();
        ::_exit(!head.ok() && head.error().code == ErrorCode::cancelled && !later.ok() ? 0 : 1);
    }
    int status = -1;
    ::waitpid(child, &status, 0);
    CHECK(status == 0);
}

}  // namespace gup::test
