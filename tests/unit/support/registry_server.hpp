// SPDX-License-Identifier: Apache-2.0
// A registry of images for tests: plain HTTP/1.1 on a loopback port. A handler answers; all requests are kept.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "servers.hpp"

namespace gup::test {

struct RegistryCall {
    std::string method;
    std::string path;                            // with the query
    std::map<std::string, std::string> headers;  // names in lower case
    std::string body;
    int connection = 0;

    [[nodiscard]] std::string header(const std::string& name) const;
};

struct RegistryReply {
    int status = 200;
    std::vector<std::string> headers;     // "Name: value"
    std::string body;                     // not sent to HEAD
    std::size_t cut = std::string::npos;  // after so many bytes of it the connection ends
};

class RegistryServer {
public:
    using Handler = std::function<RegistryReply(const RegistryCall& call)>;
    explicit RegistryServer(Handler handler);

    [[nodiscard]] std::string name() const;  // "127.0.0.1:5000"
    [[nodiscard]] std::string url(const std::string& path) const { return server_.url(path); }
    [[nodiscard]] std::vector<RegistryCall> calls() const;
    // "HEAD /v2/a/manifests/1": a line each.
    [[nodiscard]] std::string log() const;

private:
    void talk(int socket, const std::atomic<bool>& running);

    Handler handler_;
    mutable std::mutex mutex_;
    std::vector<RegistryCall> calls_;
    int connections_ = 0;
    RawServer server_;  // the last: its thread uses the others
};

}  // namespace gup::test
