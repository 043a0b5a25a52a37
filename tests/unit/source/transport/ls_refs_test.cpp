// SPDX-License-Identifier: Apache-2.0
#include "source/transport/ls_refs.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <git2.h>
#include <sys/socket.h>

#include <algorithm>
#include <optional>
#include <set>
#include <sstream>
#include <thread>

#include "git_transport_fixture.hpp"
#include "source/remote/credentials.hpp"
#include "source/remote/transport_scope.hpp"
#include "util/sys/directory.hpp"

namespace gup::test {
namespace {

// A repository with `refs` more branches, with its own name, so that its log lines can be found.
std::string serve(const std::string& name, int refs = 0) {
    const auto bare = shared_web().root() / "git" / name;
    std::filesystem::remove_all(bare);
    const std::string id = make_repository(bare);
    shell(fmt::format(
        "for i in $(seq {}); do echo \"create refs/heads/branch-$i {}\"; done | git -C {} update-ref --stdin", refs, id,
        bare.string()));
    return id;
}

// No password is known.
void forget() {
    git_libgit2_init();
    GitSettings settings;
    settings.http = shared_pool();
    settings.idle_timeout = Milliseconds{60'000};
    REQUIRE(register_transports(settings).ok());
    detail::forget_cached_credentials();
}

struct Poll {
    std::string main;  // the commit of refs/heads/main
    std::size_t refs = 0;
    std::optional<Error> error;
    std::uint64_t received = 0;
    std::uint64_t sent = 0;
};

Poll poll(const std::string& url, const GitUser& user = {}) {
    const std::string wanted = "refs/heads/main";
    const TransportScope scope(user, nullptr, {});
    Poll result;
    const auto before = std::pair(shared_pool()->bytes_received(), shared_pool()->bytes_sent());
    const auto refs = detail::poll_remote(url, {wanted});
    result.received = shared_pool()->bytes_received() - before.first;
    result.sent = shared_pool()->bytes_sent() - before.second;
    if (!refs.ok()) {
        result.error = refs.error();
        return result;
    }
    result.refs = refs->size();
    for (const RemoteRef& ref : *refs) {
        if (ref.name == wanted) result.main = ref.commit;
    }
    return result;
}

ErrorCode code_of(const Poll& result) {
    REQUIRE(result.error.has_value());
    return result.error->code;
}

// "GET POST …": the methods of the requests whose line contains `part`.
std::string methods(const std::string& part) {
    std::istringstream lines(shared_web().access_log());
    std::string out;
    for (std::string line; std::getline(lines, line);) {
        if (line.find(part) != std::string::npos) out += line.substr(0, line.find(' ') + 1);
    }
    return out;
}

}  // namespace

TEST_CASE("poll_remote: each poll is one POST, the first one included") {
    forget();
    const std::string id = serve("poll-twice.git");
    const std::string url = shared_web().http("git/poll-twice.git");
    CHECK(poll(url).main == id);
    CHECK(methods("poll-twice.git") == "POST ");
    CHECK(poll(url + "/").main == id);
    CHECK(methods("poll-twice.git") == "POST POST ");
}

TEST_CASE("poll_remote: one ref of 5000 costs as little as one of two") {
    forget();
    const std::string id = serve("poll-many.git", 5000);
    const std::string url = shared_web().http("git/poll-many.git");
    CHECK(poll(url).main == id);
    const Poll second = poll(url);
    CHECK(second.main == id);
    CHECK(second.refs == 1);
    INFO(second.received << " bytes received, " << second.sent << " sent");
    CHECK(second.received > 60);
    CHECK(second.received < 500);
    CHECK(second.sent < 500);
    const Poll old = poll(shared_web().http("old/poll-many.git"));
    CHECK(old.main == id);
    CHECK(old.refs == 1);
    CHECK(old.received > 300'000);
}

TEST_CASE("poll_remote: a server that knows only the old protocol gets a second request, and no answer is lost") {
    forget();
    const std::string id = serve("poll-old.git");
    const std::string url = shared_web().http("old/poll-old.git");
    CHECK(poll(url).main == id);
    CHECK(methods("poll-old.git") == "POST GET ");
    // A newer server behind the same name answers the first one.
    CHECK(poll(shared_web().http("git/poll-old.git")).main == id);
    CHECK(methods("poll-old.git") == "POST GET POST ");
}

TEST_CASE("poll_remote: a missing ref is not an error, and is accepted only after a second question") {
    forget();
    (void)serve("poll-gone.git");
    shell("git -C " + (shared_web().root() / "git/poll-gone.git").string() + " branch -m main other");
    const std::string url = shared_web().http("git/poll-gone.git");
    const Poll first = poll(url);
    CHECK_FALSE(first.error);
    CHECK(first.refs == 0);
    const Poll second = poll(url);
    CHECK_FALSE(second.error);
    CHECK(second.refs == 0);
    CHECK(methods("poll-gone.git") == "POST GET POST POST GET POST ");
}

TEST_CASE("poll_remote: protocol.version = 0 in the git configuration uses the old protocol") {
    forget();
    const Home home;
    home.write(".gitconfig", "[protocol]\n\tversion = 0\n");
    const std::string id = serve("poll-plain.git");
    const std::string url = shared_web().http("git/poll-plain.git");
    CHECK(poll(url, home.user).main == id);
    CHECK(methods("poll-plain.git") == "GET ");
}

TEST_CASE("poll_remote: credentials are found for the POST as for the GET") {
    forget();
    const std::string id = serve("poll-private.git");
    const std::string url = shared_web().http("private/poll-private.git");
    const std::string with_user = "http://alice:wonder%20land@" + url.substr(7);
    CHECK(code_of(poll(url)) == ErrorCode::authentication);
    CHECK(poll(with_user).main == id);
    CHECK(poll(with_user).main == id);
    const Poll refused = poll(url);
    CHECK(code_of(refused) == ErrorCode::authentication);
    CHECK(refused.error->hint.find(".netrc") != std::string::npos);
    const Home home;
    home.write(".netrc", "machine 127.0.0.1 login alice password \"wonder land\"\n");
    CHECK(poll(url, home.user).main == id);
    home.write(".netrc", "");
    home.write("helper", "#!/bin/sh\nif [ \"$1\" = get ]; then echo username=alice; echo 'password=wonder land'; fi\n");
    std::filesystem::permissions(home.folder.path() / "helper", std::filesystem::perms(0755));
    home.write(".gitconfig", fmt::format("[credential]\n\thelper = {}/helper\n", home.folder.path().string()));
    CHECK(poll(url, home.user).main == id);
}

TEST_CASE("poll_remote: a moved repository is found") {
    forget();
    const std::string id = serve("poll-moved.git");
    const std::string url = shared_web().http("moved/poll-moved.git");
    CHECK(poll(url).main == id);
    const Home home;
    home.write(".gitconfig", "[http]\n\tfollowRedirects = false\n");
    CHECK(code_of(poll(url, home.user)) == ErrorCode::protocol);
    home.write(".gitconfig", "[http]\n\tfollowRedirects = true\n");
    CHECK(poll(url, home.user).main == id);
}

TEST_CASE("poll_remote: a redirect to another host never sends the first one's credentials") {
    forget();
    const std::string id = serve("poll-away.git");
    const std::string url = "http://alice:wonder%20land@" + shared_web().http("away/poll-away.git").substr(7);
    CHECK(code_of(poll(url)) == ErrorCode::authentication);
    std::istringstream lines(shared_web().access_log());
    for (std::string line; std::getline(lines, line);) {
        if (line.find("/private/poll-away.git") != std::string::npos) CHECK(line.find("Basic") == std::string::npos);
    }
    const Home home;
    home.write(".netrc", "machine localhost login alice password \"wonder land\"\n");
    CHECK(poll(url, home.user).main == id);
}

TEST_CASE("poll_remote: statuses and pages mean the same for both questions") {
    forget();
    const Poll missing = poll(shared_web().http("missing/code.git"));
    CHECK(code_of(missing) == ErrorCode::not_found);
    CHECK(missing.error->message.find("404: Repository not found.") != std::string::npos);
    CHECK(code_of(poll(shared_web().http("busy/code.git"))) == ErrorCode::server);
    CHECK(code_of(poll(shared_web().http("forbidden/code.git"))) == ErrorCode::authentication);
    const Poll page = poll(shared_web().http("html/code.git"));
    CHECK(code_of(page) == ErrorCode::protocol);
    CHECK(page.error->message.find("text/html") != std::string::npos);
    CHECK(code_of(poll(fmt::format("http://127.0.0.1:{}/a.git", free_port()))) == ErrorCode::unreachable);
}

TEST_CASE("poll_remote: an answer that ends early or is nonsense is an error, not a missing ref") {
    forget();
    const auto answer = [](const std::string& type, const std::string& body) {
        return [type, body](int socket, const std::atomic<bool>&) {
            std::string request;
            char c = 0;
            while (request.find("\r\n\r\n") == std::string::npos && ::recv(socket, &c, 1, 0) == 1) request += c;
            const std::string text = fmt::format(
                "HTTP/1.1 200 OK\r\nContent-Type: application/x-git-upload-pack-{}\r\nConnection: close\r\n\r\n{}",
                type, body);
            CHECK(::send(socket, text.data(), text.size(), MSG_NOSIGNAL) > 0);
        };
    };
    const RawServer cut(answer("advertisement", "001e# service=git-upload-pack\n0000"));
    CHECK(code_of(poll(cut.url("a.git"))) == ErrorCode::unreachable);
    const RawServer nonsense(answer("advertisement", "Segmentation fault\n"));
    const Poll poor = poll(nonsense.url("a.git"));
    CHECK(code_of(poor) == ErrorCode::protocol);
    CHECK(poor.error->message.find("Segmentation fault") != std::string::npos);
    CHECK(poor.error->message.find(nonsense.url("a.git")) != std::string::npos);
    const RawServer refusing(answer("advertisement", "0022ERR Repository a.git not found"));
    CHECK(code_of(poll(refusing.url("a.git"))) == ErrorCode::not_found);
}

TEST_CASE("poll_remote: many polls at once over TLS share one connection") {
    forget();
    const std::string id = serve("poll-shared.git");
    const std::string url = shared_web().https("git/poll-shared.git");
    std::vector<std::string> found(24);
    std::vector<std::thread> threads;
    for (std::string& one : found) {
        threads.emplace_back([&url, &one] { one = poll(url).main; });
    }
    for (std::thread& thread : threads) thread.join();
    CHECK(std::ranges::count(found, id) == 24);
    std::istringstream lines(shared_web().access_log());
    std::set<std::string> connections;
    for (std::string line; std::getline(lines, line);) {
        if (line.find("poll-shared.git") == std::string::npos) continue;
        std::istringstream words(line);
        std::string method, uri, protocol, connection;
        words >> method >> uri >> protocol >> connection;
        CHECK(protocol == "HTTP/2.0");
        connections.insert(connection);
    }
    CHECK(connections.size() == 1);
}

TEST_CASE("poll_remote: over ssh, with version 2 and without" * doctest::test_suite("slow")) {
    forget();
    SshServer& ssh = shared_ssh();
    const auto bare = ssh.root() / "poll.git";
    std::filesystem::remove_all(bare);
    const std::string id = make_repository(bare);
    const Home home;
    home.write(".gitconfig", fmt::format("[core]\n\tsshCommand = \"{}\"\n", ssh.command()));
    const std::string url = ssh.url(bare.string());
    CHECK(poll(url, home.user).main == id);
    const Poll missing = poll(ssh.url((ssh.root() / "none.git").string()), home.user);
    CHECK(code_of(missing) == ErrorCode::not_found);

    // The variable does not reach the server.
    home.write("no-variable", "#!/bin/sh\nunset GIT_PROTOCOL\nexec " + ssh.command() + " \"$@\"\n");
    std::filesystem::permissions(home.folder.path() / "no-variable", std::filesystem::perms(0755));
    home.write(".gitconfig", fmt::format("[core]\n\tsshCommand = {}/no-variable\n[ssh]\n\tvariant = ssh\n",
                                         home.folder.path().string()));
    CHECK(poll(url, home.user).main == id);
    home.write(".gitconfig", fmt::format("[core]\n\tsshCommand = \"{}\"\n[ssh]\n\tvariant = simple\n", ssh.command()));
    CHECK(poll(url, home.user).main == id);
}

TEST_CASE("can_poll: http, https and ssh in all their spellings, but no path of this machine") {
    for (const char* url : {"http://host/a", "https://host/a", "ssh://host/a", "git@host:a", "git+ssh://host/a"}) {
        CHECK(detail::can_poll(url));
    }
    for (const char* url : {"/srv/a.git", "file:///srv/a.git", "git://host/a", "../a.git", ""}) {
        CHECK_FALSE(detail::can_poll(url));
    }
}

}  // namespace gup::test
