// SPDX-License-Identifier: Apache-2.0
#include "util/http/http.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "http_fixture.hpp"
#include "servers.hpp"

namespace gup::test {

TEST_CASE("refusal_of: the status decides the code, and the message names both sides") {
    const auto code = [](int status) {
        HttpHead head;
        head.status = status;
        const Error refusal = refusal_of(head, "http://host/x");
        CHECK(refusal.message == fmt::format("http://host/x answered {}", status));
        return refusal.code;
    };
    for (const int status : {404, 410}) CHECK(code(status) == ErrorCode::not_found);
    for (const int status : {401, 403}) CHECK(code(status) == ErrorCode::authentication);
    for (const int status : {429, 500, 503, 599}) CHECK(code(status) == ErrorCode::server);
    for (const int status : {204, 304, 400, 418}) CHECK(code(status) == ErrorCode::protocol);
}

TEST_CASE("HttpPool: a GET gives status, headers in lower case, and the body") {
    const auto pool = pool_with();
    const auto stream = pool->start(get(shared_web().http("files/hello.txt")));
    const auto head = stream->head();
    REQUIRE(head.ok());
    CHECK(head->status == 200);
    CHECK(head->header("content-type") == "text/plain");
    CHECK(head->header("content-length") == "6");
    CHECK(head->header("nothing").empty());
    CHECK(head->effective_url == shared_web().http("files/hello.txt"));
    const auto body = stream->read_all(100);
    REQUIRE(body.ok());
    CHECK(*body == "hello\n");
    CHECK(pool->bytes_received() > 6);
    CHECK(pool->bytes_sent() > 20);
}

TEST_CASE("HttpPool: a signed request carries no password, and nothing secret follows a redirect") {
    std::string heard;
    const RawServer server([&](int socket, const Running& running) {
        char c = 0;
        while (heard.find("\r\n\r\n") == std::string::npos && ::recv(socket, &c, 1, 0) == 1) heard += c;
        say(socket, "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n");
        CHECK(wait_for_close(socket, running));
    });
    HttpRequest request = get(server.url("/bucket/a%20key.zip"));
    request.headers = {"Range: bytes=0-0"};
    request.secret_headers = {{"x-amz-security-token", Secret("a-token")}};
    request.credentials = {"ACCESS", Secret("very-secret")};
    request.signature = "aws:amz:eu-north-1:s3";
    CHECK(fetch(*pool_with(), std::move(request)).status == 302);
    CHECK(heard.find("Authorization: AWS4-HMAC-SHA256 Credential=ACCESS/") != std::string::npos);
    CHECK(heard.find("/eu-north-1/s3/aws4_request") != std::string::npos);
    CHECK(heard.find("SignedHeaders=host;range;x-amz-content-sha256;x-amz-date;x-amz-security-token,") !=
          std::string::npos);
    CHECK(heard.find("x-amz-security-token: a-token\r\n") != std::string::npos);
    CHECK(heard.find("very-secret") == std::string::npos);
}

TEST_CASE("HttpPool: a line break in a token is never a header of its own") {
    HttpRequest request = get(shared_web().http("files/hello.txt"));
    request.secret_headers = {{"x-token", Secret("a\r\nx-other: b")}};
    CHECK(fetch(*pool_with(), std::move(request)).code == ErrorCode::invalid_input);
}

TEST_CASE("HttpPool: any status is a result") {
    CHECK(fetch(shared_web().http("nothing")).status == 404);
    CHECK(fetch(shared_web().http("busy")).status == 503);
    CHECK(fetch(shared_web().http("auth/hello.txt")).status == 401);
}

TEST_CASE("HttpPool: an unread body is not kept in memory, and is complete when it is read") {
    shell(fmt::format("head -c 20000000 /dev/urandom > {}/files/big", shared_web().root().string()));
    const auto pool = pool_with();
    const auto stream = pool->start(get(shared_web().http("files/big")));
    REQUIRE(stream->head().ok());
    // Another request goes through meanwhile, so the loop has had its turns.
    CHECK(fetch(*pool, get(shared_web().http("files/hello.txt"))).body == "hello\n");
    CHECK(pool->bytes_received() < 2'000'000);
    const auto body = stream->read_all(20'000'000);
    REQUIRE(body.ok());
    CHECK(*body == read_text(shared_web().root() / "files/big"));
    CHECK(pool->bytes_received() > 20'000'000);
}

TEST_CASE("HttpPool: over HTTP/2, too, a reader that pauses gets everything") {
    shell(fmt::format("head -c 30000000 /dev/urandom > {}/files/big2", shared_web().root().string()));
    const auto pool = pool_with();
    const auto first = pool->start(get(shared_web().https("files/big2?1")));
    const auto second = pool->start(get(shared_web().https("files/big2?2")));
    REQUIRE(first->head().ok());
    const auto whole = second->read_all(30'000'000);
    REQUIRE(whole.ok());
    const auto rest = first->read_all(30'000'000);
    REQUIRE(rest.ok());
    CHECK(*whole == *rest);
    CHECK(whole->size() == 30'000'000);
}

TEST_CASE("HttpStream: read_all refuses more than its limit") {
    const auto pool = pool_with();
    const auto stream = pool->start(get(shared_web().http("files/hello.txt")));
    const auto body = stream->read_all(5);
    REQUIRE(!body.ok());
    CHECK(body.error().code == ErrorCode::protocol);
}

TEST_CASE("HttpPool: requests at once share one HTTP/2 connection") {
    const auto pool = pool_with();
    std::vector<std::unique_ptr<HttpStream>> streams;
    for (int i = 0; i < 20; ++i)
        streams.push_back(pool->start(get(shared_web().https(fmt::format("files/hello.txt?at-once-{}", i)))));
    for (const auto& stream : streams) CHECK(stream->read_all(100).value_or("") == "hello\n");
    CHECK(connections_of("at-once").size() == 1);
    CHECK(log_lines("at-once-7").find("HTTP/2.0") != std::string::npos);
}

TEST_CASE("HttpPool: requests one after another share one HTTP/1.1 connection") {
    const auto pool = pool_with();
    for (int i = 0; i < 5; ++i) CHECK(fetch(*pool, get(shared_web().http("files/hello.txt?in-turn"))).status == 200);
    CHECK(connections_of("in-turn").size() == 1);
}

TEST_CASE("HttpPool: many threads fetch at the same time") {
    const auto pool = pool_with();
    std::atomic<int> good{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < 8; ++i) {
        threads.emplace_back([&] {
            for (int n = 0; n < 10; ++n) {
                if (fetch(*pool, get(shared_web().http("files/hello.txt"))).body == "hello\n") ++good;
            }
        });
    }
    for (auto& thread : threads) thread.join();
    CHECK(good == 80);
}

TEST_CASE("HttpPool: redirects are followed, ten at most") {
    const Answer answer = fetch(shared_web().http("hop/2"));
    CHECK(answer.body == "hello\n");
    CHECK(answer.url == shared_web().http("files/hello.txt"));
    const Answer endless = fetch(shared_web().http("hop/loop"));
    CHECK(endless.status == 0);
    CHECK(endless.code == ErrorCode::protocol);
    CHECK(endless.message.find("redirects") != std::string::npos);
}

TEST_CASE("HttpPool: a redirect that is not to be followed is the answer") {
    HttpRequest request = get(shared_web().http("hop/1"));
    request.follow_redirects = false;
    CHECK(fetch(*pool_with(), std::move(request)).status == 302);
}

TEST_CASE("HttpPool: a POST sends its body, and stays a POST when it is redirected") {
    const auto pool = pool_with();
    for (const std::string path : {"post", "post302"}) {
        HttpRequest request = get(shared_web().http(path));
        request.method = "POST";
        request.body = std::string(1000, 'x');
        const Answer answer = fetch(*pool, std::move(request));
        CHECK(answer.status == 200);
        CHECK(answer.body == "posted 1000\n");
    }
    CHECK(pool->bytes_sent() > 2000);
    CHECK(pool->bytes_sent() < 6000);
}

TEST_CASE("HttpPool: a HEAD has no body") {
    HttpRequest request = get(shared_web().http("files/hello.txt"));
    request.method = "HEAD";
    const Answer answer = fetch(*pool_with(), std::move(request));
    CHECK(answer.status == 200);
    CHECK(answer.body.empty());
}

TEST_CASE("HttpPool: an answer in the asked encoding is decoded") {
    HttpRequest request = get(shared_web().http("zip/hello.txt?zipped"));
    request.headers = {"Accept-Encoding: gzip", "X-Test: seen"};
    const auto pool = pool_with();
    const auto stream = pool->start(std::move(request));
    const auto head = stream->head();
    REQUIRE(head.ok());
    CHECK(head->header("content-encoding") == "gzip");
    CHECK(stream->read_all(100).value_or("") == "hello\n");
    CHECK(log_lines("zipped").find(" seen") != std::string::npos);
}

TEST_CASE("HttpPool: user and password go out with the first request") {
    const auto pool = pool_with();
    HttpRequest request = get(shared_web().http("auth/hello.txt?basic"));
    request.credentials = {"alice", Secret("wonder land")};
    CHECK(fetch(*pool, std::move(request)).body == "hello\n");
    CHECK(std::ranges::count(log_lines("?basic"), '\n') == 1);
    HttpRequest wrong = get(shared_web().http("auth/hello.txt"));
    wrong.credentials = {"alice", Secret("wrong")};
    CHECK(fetch(*pool, std::move(wrong)).status == 401);
}

TEST_CASE("HttpPool: credentials never follow a redirect to another host") {
    HttpRequest request = get(shared_web().http("elsewhere/files/hello.txt?secret-stays"));
    request.credentials = {"alice", Secret("wonder land")};
    CHECK(fetch(*pool_with(), std::move(request)).body == "hello\n");
    const std::string log = log_lines("secret-stays");
    CHECK(log.find("/elsewhere/files/hello.txt?secret-stays HTTP/1.1") != std::string::npos);
    CHECK(std::ranges::count(log, '\n') == 2);
    const std::string arrived = log.substr(log.find("GET /files/hello.txt"));
    CHECK(arrived.find("Basic") == std::string::npos);
}

}  // namespace gup::test
