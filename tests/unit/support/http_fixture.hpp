// SPDX-License-Identifier: Apache-2.0
// Shared code of the tests of the HTTP client.
#pragma once

#include <doctest/doctest.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <set>
#include <sstream>
#include <string>

#include "servers.hpp"
#include "util/http/http.hpp"

namespace gup::test {

using Running = std::atomic<bool>;

inline std::shared_ptr<HttpPool> pool_with(HttpOptions options = {}) {
    if (options.ca_file.empty()) options.ca_file = shared_web().ca_file();
    auto pool = HttpPool::make(options);
    REQUIRE(pool.ok());
    return *pool;
}

inline HttpRequest get(const std::string& url) {
    HttpRequest request;
    request.url = url;
    return request;
}

// Status and body, or the error's code.
struct Answer {
    int status = 0;
    std::string body;
    std::string url;
    ErrorCode code = ErrorCode::failed;
    std::string message;
    std::string hint;
    Cause cause = Cause::none;
};

inline Answer fetch(HttpPool& pool, HttpRequest request) {
    Answer answer;
    const auto stream = pool.start(std::move(request));
    const auto note = [&answer](const Error& error) {
        answer.code = error.code;
        answer.message = error.message;
        answer.hint = error.hint;
        answer.cause = error.cause;
    };
    const auto head = stream->head();
    if (!head.ok()) {
        note(head.error());
        return answer;
    }
    answer.status = head->status;
    answer.url = head->effective_url;
    auto body = stream->read_all(64U << 20U);
    if (body.ok()) {
        answer.body = *body;
    } else {
        note(body.error());
    }
    return answer;
}

inline Answer fetch(const std::string& url) {
    return fetch(*pool_with(), get(url));
}

inline std::string log_lines(const std::string& part) {
    std::istringstream lines(shared_web().access_log());
    std::string out;
    for (std::string line; std::getline(lines, line);) {
        if (line.find(part) != std::string::npos) out += line + "\n";
    }
    return out;
}

// The connections with requests that have `part` in their URI.
inline std::set<std::string> connections_of(const std::string& part) {
    std::istringstream lines(log_lines(part));
    std::set<std::string> out;
    for (std::string method, uri, protocol, connection, rest;
         lines >> method >> uri >> protocol >> connection && std::getline(lines, rest);) {
        out.insert(connection);
    }
    return out;
}

inline void read_request(int socket) {
    std::string request;
    char c = 0;
    while (request.find("\r\n\r\n") == std::string::npos && ::recv(socket, &c, 1, 0) == 1) request += c;
}

inline void say(int socket, const std::string& text) {
    CHECK(::send(socket, text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size()));
}

// Waits until the other side closes. It checks once more after the end of the test, which may be
// before this thread runs.
inline bool wait_for_close(int socket, const Running& running) {
    char c = 0;
    for (;;) {
        const bool is_last = !running;
        pollfd waiting{socket, POLLIN, 0};
        if (::poll(&waiting, 1, 10) > 0 && ::recv(socket, &c, 1, 0) <= 0) return true;
        if (is_last) return false;
    }
}

inline Milliseconds since(std::chrono::steady_clock::time_point start) {
    return std::chrono::duration_cast<Milliseconds>(std::chrono::steady_clock::now() - start);
}

}  // namespace gup::test
