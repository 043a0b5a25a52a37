// SPDX-License-Identifier: Apache-2.0
#include "registry_server.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>

#include "util/text.hpp"

namespace gup::test {
namespace {

// Waits for more bytes; false at the end of the connection or of the test.
bool receive(int socket, std::string& text, const std::atomic<bool>& running) {
    while (running) {
        pollfd waiting{socket, POLLIN, 0};
        if (::poll(&waiting, 1, 20) <= 0) continue;
        std::array<char, 4096> buffer{};
        const ssize_t count = ::recv(socket, buffer.data(), buffer.size(), 0);
        if (count <= 0) return false;
        text.append(buffer.data(), static_cast<std::size_t>(count));
        return true;
    }
    return false;
}

RegistryCall parse_call(std::string_view head) {
    RegistryCall call;
    std::string_view line = take_until(head, '\n');
    call.method = take_until(line, ' ');
    call.path = take_until(line, ' ');
    while (!head.empty()) {
        line = take_until(head, '\n');
        const std::string name = lower(take_until(line, ':'));
        call.headers[name] = trimmed(line);
    }
    return call;
}

}  // namespace

std::string RegistryCall::header(const std::string& name) const {
    const auto found = headers.find(name);
    return found == headers.end() ? std::string() : found->second;
}

RegistryServer::RegistryServer(Handler handler)
    : handler_(std::move(handler)),
      server_([this](int socket, const std::atomic<bool>& running) { talk(socket, running); }) {}

std::string RegistryServer::name() const {
    return fmt::format("127.0.0.1:{}", server_.port());
}

std::vector<RegistryCall> RegistryServer::calls() const {
    const std::scoped_lock lock(mutex_);
    return calls_;
}

std::string RegistryServer::log() const {
    std::string text;
    for (const RegistryCall& call : calls()) text += call.method + " " + call.path + "\n";
    return text;
}

void RegistryServer::talk(int socket, const std::atomic<bool>& running) {
    ++connections_;
    std::string text;
    for (;;) {
        std::size_t end = 0;
        while ((end = text.find("\r\n\r\n")) == std::string::npos) {
            if (text.starts_with('\x16') || !receive(socket, text, running)) return;  // TLS: this one has none
        }
        RegistryCall call = parse_call(text.substr(0, end + 2));
        text.erase(0, end + 4);
        const std::size_t size = number_in<std::size_t>(call.header("content-length")).value_or(0);
        while (text.size() < size) {
            if (!receive(socket, text, running)) return;
        }
        call.body = text.substr(0, size);
        text.erase(0, size);
        call.connection = connections_;
        const RegistryReply reply = handler_(call);
        std::string answer = fmt::format("HTTP/1.1 {} Test\r\nContent-Length: {}\r\n", reply.status, reply.body.size());
        for (const std::string& header : reply.headers) answer += header + "\r\n";
        answer += "\r\n" + (call.method == "HEAD" ? std::string() : reply.body.substr(0, reply.cut));
        {
            const std::scoped_lock lock(mutex_);
            calls_.push_back(std::move(call));
        }
        ::send(socket, answer.data(), answer.size(), MSG_NOSIGNAL);
        if (reply.cut < reply.body.size()) return;
    }
}

}  // namespace gup::test
