// SPDX-License-Identifier: Apache-2.0
// Real servers for tests, on free loopback ports: nginx (files, TLS, basic auth, git), sshd, and a socket that stalls.
// Each is stopped, by its process id, when its object is destroyed.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <filesystem>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "util/sys/directory.hpp"
#include "util/sys/file.hpp"

namespace gup::test {

// A child process; ended and reaped at the end.
class Daemon {
public:
    Daemon() = default;
    explicit Daemon(const std::vector<std::string>& argv, const std::filesystem::path& log = "/dev/null");
    Daemon(Daemon&& other) noexcept : pid_(std::exchange(other.pid_, -1)) {}
    Daemon& operator=(Daemon&& other) noexcept;
    Daemon(const Daemon&) = delete;
    Daemon& operator=(const Daemon&) = delete;
    ~Daemon();

private:
    pid_t pid_ = -1;
};

[[nodiscard]] int free_port();
// Waits until a process listens there (or the socket file exists); false after 10 s.
[[nodiscard]] bool wait_for_port(int port);
[[nodiscard]] bool wait_for_file(const std::filesystem::path& path);
// Runs a shell command that must succeed; its output. Throws (doctest reports it) when it fails.
std::string shell(const std::string& command);
[[nodiscard]] TemporaryFolder temporary_folder();
void write_text(const std::filesystem::path& path, const std::string& text);
[[nodiscard]] std::string read_text(const std::filesystem::path& path);

// nginx with, under http and https:
//   /files/…     the files in root()/files          /hop/N   N redirects, then /files/hello.txt
//   /auth/…      the same, for alice:wonder land     /elsewhere/X, /down/X   to X on another server
//   /zip/…       the same, with gzip                 /post    answers the posted size; /post302 redirects there
//   /git/…       root()/git through git http-backend /private/…   the same, for alice
//   /old/…       the same as /git/…, by a server without version 2 of git's protocol
//   /moved/…     redirects to /git/…                 /away/…      to the other server's /private/…
//   /html/…      200 with an HTML page               /busy/…, /missing/…, /forbidden/…   503, 404, 403
class WebServer {
public:
    WebServer();
    [[nodiscard]] const std::filesystem::path& root() const { return folder_.path(); }
    [[nodiscard]] std::string http(const std::string& path) const;   // http://127.0.0.1:port/path
    [[nodiscard]] std::string https(const std::string& path) const;  // https://localhost:port/path
    [[nodiscard]] std::string other(const std::string& path) const;  // http://localhost:other port/path
    [[nodiscard]] std::filesystem::path ca_file() const { return root() / "ca.pem"; }
    // One line for each request: "METHOD URI protocol connection authorization".
    [[nodiscard]] std::string access_log() const;
    [[nodiscard]] int http_port() const { return http_port_; }

private:
    void make_certificates() const;
    void write_config() const;

    TemporaryFolder folder_;
    int http_port_ = 0;
    int https_port_ = 0;
    int other_port_ = 0;
    Daemon fcgiwrap_;
    Daemon nginx_;
};

// A bare repository with `commits` commits on main, made at `path`. The id of the last commit.
std::string make_repository(const std::filesystem::path& path, int commits = 1);

// sshd with one key that may only run git, for root() and its own known_hosts.
class SshServer {
public:
    SshServer();
    [[nodiscard]] const std::filesystem::path& root() const { return folder_.path(); }
    [[nodiscard]] int port() const { return port_; }
    [[nodiscard]] std::string url(const std::string& path) const;
    // "ssh -i … -o UserKnownHostsFile=…": the command that reaches it.
    [[nodiscard]] std::string command() const;

private:
    TemporaryFolder folder_;
    int port_ = 0;
    Daemon sshd_;
};

// One of each for all tests, started when first asked for.
[[nodiscard]] WebServer& shared_web();
[[nodiscard]] SshServer& shared_ssh();

// Accepts connections and gives each to `talk`, in one thread, until it is destroyed. `talk` gets the socket and may
// write to it, and ends when running() is false.
class RawServer {
public:
    explicit RawServer(std::function<void(int socket, const std::atomic<bool>& running)> talk);
    RawServer(const RawServer&) = delete;
    RawServer& operator=(const RawServer&) = delete;
    ~RawServer();
    [[nodiscard]] std::string url(const std::string& path) const;
    [[nodiscard]] int port() const { return port_; }

private:
    UniqueFd listener_;
    int port_ = 0;
    std::atomic<bool> running_{true};
    std::thread thread_;
};

}  // namespace gup::test
