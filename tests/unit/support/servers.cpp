// SPDX-License-Identifier: Apache-2.0
#include "servers.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "util/sys/directory.hpp"

namespace gup::test {
namespace {

sockaddr_in loopback(int port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    return address;
}

int bound_port(int socket) {
    sockaddr_in address{};
    socklen_t size = sizeof address;
    ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size);
    return ntohs(address.sin_port);
}

UniqueFd bound_socket() {
    UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const sockaddr_in address = loopback(0);
    if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        throw std::runtime_error("cannot bind a loopback port");
    }
    return fd;
}

bool wait_until(const std::function<bool()>& fact) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (!fact()) {
        if (std::chrono::steady_clock::now() > end) return false;
        ::poll(nullptr, 0, 10);
    }
    return true;
}

}  // namespace

Daemon::Daemon(const std::vector<std::string>& argv, const std::filesystem::path& log) {
    std::vector<char*> arguments;
    for (const std::string& argument : argv) arguments.push_back(const_cast<char*>(argument.c_str()));
    arguments.push_back(nullptr);
    pid_ = ::fork();
    if (pid_ > 0) ::setpgid(pid_, pid_);
    if (pid_ != 0) return;
    ::setpgid(0, 0);
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    const int output = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
    ::dup2(output, 1);
    ::dup2(output, 2);
    ::execvp(arguments[0], arguments.data());
    ::_exit(127);
}

Daemon& Daemon::operator=(Daemon&& other) noexcept {
    std::swap(pid_, other.pid_);
    return *this;
}

Daemon::~Daemon() {
    if (pid_ <= 0) return;
    ::kill(-pid_, SIGTERM);  // the group: the processes that fcgiwrap forks outlive it
    ::waitpid(pid_, nullptr, 0);
}

int free_port() {
    return bound_port(bound_socket().get());
}

bool wait_for_port(int port) {
    return wait_until([port] {
        const UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
        const sockaddr_in address = loopback(port);
        return ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    });
}

bool wait_for_file(const std::filesystem::path& path) {
    return wait_until([&] { return std::filesystem::exists(path); });
}

std::string shell(const std::string& command) {
    FILE* pipe = ::popen((command + " 2>&1").c_str(), "r");
    std::string out;
    std::array<char, 4096> chunk{};
    while (const std::size_t size = std::fread(chunk.data(), 1, chunk.size(), pipe)) out.append(chunk.data(), size);
    if (::pclose(pipe) != 0) throw std::runtime_error(command + " failed: " + out);
    while (out.ends_with('\n')) out.pop_back();
    return out;
}

TemporaryFolder temporary_folder() {
    auto folder = TemporaryFolder::make();
    if (!folder.ok()) throw std::runtime_error(folder.error().message);
    return std::move(folder).value();
}

void write_text(const std::filesystem::path& path, const std::string& text) {
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << text;
}

std::string read_text(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

WebServer::WebServer()
    : folder_(temporary_folder()), http_port_(free_port()), https_port_(free_port()), other_port_(free_port()) {
    std::filesystem::permissions(root(), std::filesystem::perms(0755));
    make_certificates();
    write_text(root() / "files/hello.txt", "hello\n");
    std::filesystem::create_directories(root() / "git");
    write_text(root() / "passwords", "alice:" + shell("openssl passwd -apr1 'wonder land'") + "\n");
    write_config();
    fcgiwrap_ =
        Daemon({"/usr/sbin/fcgiwrap", "-c", "4", "-s", "unix:" + (root() / "cgi").string()}, root() / "cgi.log");
    if (!wait_for_file(root() / "cgi")) throw std::runtime_error("fcgiwrap does not start");
    nginx_ = Daemon({"/usr/sbin/nginx", "-p", root(), "-e", "error.log", "-c", (root() / "nginx.conf").string()},
                    root() / "nginx.log");
    if (!wait_for_port(http_port_) || !wait_for_port(https_port_)) {
        throw std::runtime_error("nginx does not start: " + read_text(root() / "nginx.log") +
                                 read_text(root() / "error.log"));
    }
}

void WebServer::make_certificates() const {
    const std::string folder = root().string();
    shell(
        "cd " + folder +
        " && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout ca.key -out ca.pem"
        " -subj '/CN=test CA' -days 2 -addext basicConstraints=critical,CA:true -addext keyUsage=keyCertSign"
        " && openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout tls.key -out tls.csr"
        " -subj '/CN=localhost'"
        " && printf 'subjectAltName=DNS:localhost' > san"
        " && openssl x509 -req -in tls.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out tls.pem -days 2 -extfile san");
}

void WebServer::write_config() const {
    const std::string git = R"(
            auth_basic_user_file passwords;
            client_max_body_size 0;
            fastcgi_pass unix:@ROOT@/cgi;
            fastcgi_buffering off;
            fastcgi_param SCRIPT_FILENAME /usr/lib/git-core/git-http-backend;
            fastcgi_param GIT_PROJECT_ROOT @ROOT@/git;
            fastcgi_param GIT_HTTP_EXPORT_ALL "";
            fastcgi_param GIT_CONFIG_COUNT 1;
            fastcgi_param GIT_CONFIG_KEY_0 safe.directory;
            fastcgi_param GIT_CONFIG_VALUE_0 *;
            fastcgi_param PATH_INFO $1;
            fastcgi_param REMOTE_USER $remote_user;
            fastcgi_param QUERY_STRING $query_string;
            fastcgi_param REQUEST_METHOD $request_method;
            fastcgi_param CONTENT_TYPE $content_type;
            fastcgi_param CONTENT_LENGTH $content_length;
)";
    std::string text = R"(
daemon off;
master_process off;
pid nginx.pid;
error_log error.log;
events { worker_connections 256; }
http {
    default_type application/octet-stream;
    types { text/html html; text/plain txt; }
    log_format one '$request_method $request_uri $server_protocol $connection $http_authorization $http_x_test';
    access_log access.log one;
    client_body_temp_path tmp1; proxy_temp_path tmp2; fastcgi_temp_path tmp3; uwsgi_temp_path tmp4; scgi_temp_path tmp5;
    root @ROOT@;
    server {
        listen 127.0.0.1:@HTTP@;
        listen 127.0.0.1:@HTTPS@ ssl http2;
        ssl_certificate tls.pem;
        ssl_certificate_key tls.key;
        location /files/ { }
        location /zip/ { alias @ROOT@/files/; gzip on; gzip_types *; gzip_min_length 1; }
        location /auth/ { alias @ROOT@/files/; auth_basic test; auth_basic_user_file passwords; }
        location = /hop/1 { return 302 /files/hello.txt; }
        location ~ ^/hop/1(.)$ { return 302 /hop/1; }
        location = /hop/2 { return 301 /hop/1; }
        location = /hop/loop { return 302 /hop/loop; }
        location = /post { if ($request_method != POST) { return 405; } return 200 "posted $content_length\n"; }
        location = /post302 { return 302 /post; }
        location /elsewhere/ { rewrite ^/elsewhere/(.*)$ http://localhost:@OTHER@/$1 redirect; }
        location /down/ { rewrite ^/down/(.*)$ http://localhost:@HTTP@/$1 redirect; }
        location = /busy { return 503; }
        location ~ ^/html/ { default_type text/html; return 200 "<html>log in</html>"; }
        location ~ ^/busy/ { return 503; }
        location ~ ^/missing/ { default_type text/plain; return 404 "Repository not found.\n"; }
        location ~ ^/forbidden/ { return 403; }
        location ~ ^/login/ { return 302 /html/login; }
        location ~ ^/moved/(.*)$ { return 301 /git/$1$is_args$args; }
        location ~ ^/away/(.*)$ { return 301 http://localhost:@OTHER@/private/$1$is_args$args; }
        location ~ ^/git(/.*)$ {@GIT@        }
        location ~ ^/old(/.*)$ {@OLD@        }
        location ~ ^/private(/.*)$ { auth_basic test; @GIT@        }
    }
    server {
        listen 127.0.0.1:@OTHER@;
        location /files/ { }
        location ~ ^/private(/.*)$ { auth_basic test; @GIT@        }
    }
}
)";
    const auto replace = [&text](const std::string& mark, const std::string& by) {
        for (auto at = text.find(mark); at != std::string::npos; at = text.find(mark, at + by.size())) {
            text.replace(at, mark.size(), by);
        }
    };
    const std::string protocol = "            fastcgi_param HTTP_GIT_PROTOCOL ";
    replace("@GIT@", git + protocol + "$http_git_protocol;\n");
    replace("@OLD@", git + protocol + "'';\n");
    replace("@ROOT@", root().string());
    replace("@HTTPS@", std::to_string(https_port_));
    replace("@HTTP@", std::to_string(http_port_));
    replace("@OTHER@", std::to_string(other_port_));
    write_text(root() / "nginx.conf", text);
}

std::string WebServer::http(const std::string& path) const {
    return fmt::format("http://127.0.0.1:{}/{}", http_port_, path);
}

std::string WebServer::https(const std::string& path) const {
    return fmt::format("https://localhost:{}/{}", https_port_, path);
}

std::string WebServer::other(const std::string& path) const {
    return fmt::format("http://localhost:{}/{}", other_port_, path);
}

// nginx writes a line only after it has sent the answer. So the line of one more request is after all earlier ones.
std::string WebServer::access_log() const {
    static int count = 0;
    const std::string mark = fmt::format("/files/hello.txt?settled-{}", ++count);
    const UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const sockaddr_in address = loopback(http_port_);
    const std::string request = "GET " + mark + " HTTP/1.0\r\n\r\n";
    if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
        ::send(fd.get(), request.data(), request.size(), MSG_NOSIGNAL) < 0) {
        throw std::runtime_error("nginx is gone");
    }
    std::string log;
    (void)wait_until([&] {
        log = read_text(root() / "access.log");
        return log.find(mark + " ") != std::string::npos;
    });
    return log;
}

std::string make_repository(const std::filesystem::path& path, int commits) {
    const std::string work = path.string() + ".work";
    std::string script =
        "set -e; unset GIT_DIR; export GIT_CONFIG_NOSYSTEM=1 HOME=/nonexistent GIT_AUTHOR_NAME=t "
        "GIT_AUTHOR_EMAIL=t@t GIT_COMMITTER_NAME=t GIT_COMMITTER_EMAIL=t@t; git init -q -b main \"" +
        work + "\"; cd \"" + work + "\"; ";
    script += fmt::format(
        "for i in $(seq {}); do echo $i > file; head -c 20000 /dev/urandom > blob; git add .; "
        "git commit -q -m $i; done; git tag v1; ",
        commits);
    script += "git clone -q --bare . \"" + path.string() + "\"; git rev-parse HEAD; rm -rf \"" + work + "\"";
    return shell(script);
}

SshServer::SshServer() : folder_(temporary_folder()), port_(free_port()) {
    const std::string folder = root().string();
    shell("mkdir -p /run/sshd; chmod 755 " + folder + "; cd " + folder +
          " && ssh-keygen -q -t ed25519 -N '' -f host && ssh-keygen -q -t ed25519 -N '' -f key"
          " && ssh-keygen -q -t ed25519 -N '' -f stranger");
    write_text(root() / "authorized",
               "restrict,command=\"git-shell -c \\\"$SSH_ORIGINAL_COMMAND\\\"\" " + read_text(root() / "key.pub"));
    std::string host_key = read_text(root() / "host.pub");
    write_text(root() / "known", fmt::format("[127.0.0.1]:{} {}", port_, host_key));
    write_text(
        root() / "sshd.conf",
        fmt::format("Port {}\nListenAddress 127.0.0.1\nHostKey {}/host\nAuthorizedKeysFile {}/authorized\n"
                    "UsePAM no\nStrictModes no\nPidFile none\nPasswordAuthentication no\nAcceptEnv GIT_PROTOCOL\n",
                    port_, folder, folder));
    sshd_ = Daemon({"/usr/sbin/sshd", "-D", "-e", "-f", folder + "/sshd.conf"}, root() / "sshd.log");
    if (!wait_for_port(port_)) throw std::runtime_error("sshd does not start: " + read_text(root() / "sshd.log"));
}

std::string SshServer::url(const std::string& path) const {
    return fmt::format("ssh://{}@127.0.0.1:{}{}", shell("id -un"), port_, path);
}

std::string SshServer::command() const {
    return fmt::format("ssh -F none -i {0}/key -o IdentitiesOnly=yes -o UserKnownHostsFile={0}/known", root().string());
}

WebServer& shared_web() {
    static WebServer web;
    return web;
}

SshServer& shared_ssh() {
    static SshServer ssh;
    return ssh;
}

RawServer::RawServer(std::function<void(int, const std::atomic<bool>&)> talk)
    : listener_(bound_socket()), port_(bound_port(listener_.get())) {
    ::listen(listener_.get(), 16);
    thread_ = std::thread([this, talk = std::move(talk)] {
        while (running_) {
            pollfd waiting{listener_.get(), POLLIN, 0};
            if (::poll(&waiting, 1, 20) <= 0) continue;
            const UniqueFd connection(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
            if (connection.valid()) talk(connection.get(), running_);
        }
    });
}

RawServer::~RawServer() {
    running_ = false;
    thread_.join();
}

std::string RawServer::url(const std::string& path) const {
    return fmt::format("http://127.0.0.1:{}/{}", port_, path);
}

}  // namespace gup::test
