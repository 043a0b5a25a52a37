// SPDX-License-Identifier: Apache-2.0
#include "source/transport/libgit2_http.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <git2.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <set>
#include <sstream>

#include "git_transport_fixture.hpp"
#include "source/libgit2/config.hpp"
#include "source/libgit2/handles.hpp"
#include "source/remote/credentials.hpp"
#include "source/remote/transport_scope.hpp"
#include "util/sys/directory.hpp"

namespace gup::test {
namespace {

void use_transports() {
    git_libgit2_init();
    GitSettings settings;
    settings.http = shared_pool();
    REQUIRE(register_transports(settings).ok());
    detail::forget_cached_credentials();
}

// The repository that all tests fetch.
const std::string& served_commit() {
    static const std::string id = make_repository(shared_web().root() / "git/code.git", 30);
    return id;
}

CloneOutcome clone(const std::string& url, const GitUser& user = {}, git_repository* repository = nullptr) {
    use_transports();
    (void)served_commit();
    if (repository != nullptr) REQUIRE(git::configure(repository, user, repository).ok());
    return clone_as(user, url, repository);
}

ErrorCode code_of(const CloneOutcome& outcome) {
    REQUIRE(outcome.error.has_value());
    return outcome.error->code;
}

// A remote that needs alice, with its own name, so that its log lines can be found.
std::string private_url(const std::string& name) {
    (void)served_commit();
    const auto link = shared_web().root() / ("git/" + name);
    std::filesystem::remove(link);
    std::filesystem::create_symlink("code.git", link);
    return shared_web().http("private/" + name);
}

std::string with_user(const std::string& url, const std::string& user) {
    return "http://" + user + "@" + url.substr(7);
}

// A credential helper that answers with this password and writes what it was told to `told`.
std::string helper_config(const Home& home, const std::string& password) {
    home.write("helper", fmt::format("#!/bin/sh\n{{ echo \"$1\"; cat; }} >> {0}/told\n"
                                     "if [ \"$1\" = get ]; then echo username=alice; echo 'password={1}'; fi\n",
                                     home.folder.path().string(), password));
    std::filesystem::permissions(home.folder.path() / "helper", std::filesystem::perms(0755));
    return fmt::format("[credential]\n\thelper = {}/helper\n", home.folder.path().string());
}

}  // namespace

TEST_CASE("git_http: a clone over plain HTTP gets the commit and counts its bytes") {
    const CloneOutcome outcome = clone(shared_web().http("git/code.git"));
    CHECK(outcome.commit == served_commit());
    CHECK(outcome.bytes > 600'000);
}

TEST_CASE("git_http: listing and fetching use one connection") {
    (void)served_commit();
    const auto link = shared_web().root() / "git/one-connection.git";
    std::filesystem::remove(link);
    std::filesystem::create_symlink("code.git", link);
    CHECK(clone(shared_web().http("git/one-connection.git")).commit == served_commit());
    std::istringstream lines(log_lines("one-connection"));
    std::set<std::string> connections;
    int requests = 0;
    for (std::string method, uri, protocol, connection, rest;
         lines >> method >> uri >> protocol >> connection && std::getline(lines, rest); ++requests) {
        connections.insert(connection);
    }
    CHECK(requests == 2);
    CHECK(connections.size() == 1);
}

TEST_CASE("git_http: a slash at the end of the URL does no harm") {
    CHECK(clone(shared_web().http("git/code.git/")).commit == served_commit());
}

TEST_CASE("git_http: a clone over HTTPS uses one HTTP/2 connection") {
    CHECK(clone(shared_web().https("git/code.git")).commit == served_commit());
    CHECK(log_lines("/git/code.git").find("HTTP/2.0") != std::string::npos);
}

TEST_CASE("git_http: a fetch with much history to negotiate gets only new objects" * doctest::test_suite("slow")) {
    use_transports();
    const auto bare = shared_web().root() / "git/grows.git";
    (void)make_repository(bare, 60);
    const TemporaryFolder folder = temporary_folder();
    const std::string local = (folder.path() / "clone").string();
    shell("git clone -q " + bare.string() + " " + local);
    shell(fmt::format(
        "cd {} && echo more > more && git add . && git -c user.name=t -c user.email=t@t commit -q -m more && "
        "git push -q && git reset -q --hard HEAD~1 && git update-ref refs/remotes/origin/main HEAD",
        local));
    git_repository* repository = nullptr;
    REQUIRE(git_repository_open(&repository, local.c_str()) == 0);
    git_remote* remote = nullptr;
    REQUIRE(git_remote_create_anonymous(&remote, repository, shared_web().http("git/grows.git").c_str()) == 0);
    std::uint64_t bytes = 0;
    {
        const TransportScope scope({}, repository, [&](const TransferProgress& progress) { bytes = progress.bytes; });
        char refspec[] = "+refs/heads/main:refs/remotes/origin/main";
        char* refspecs[] = {refspec};
        const git_strarray wanted{refspecs, 1};
        CHECK(git_remote_fetch(remote, &wanted, nullptr, nullptr) == 0);
        CHECK(!take_transport_error());
    }
    git_remote_free(remote);
    git_repository_free(repository);
    CHECK(shell("git -C " + local + " rev-parse origin/main") == shell("git -C " + bare.string() + " rev-parse main"));
    CHECK(bytes < 20'000);
}

TEST_CASE("git_http: a moved repository is followed, and its old URL is asked only once") {
    CHECK(clone(shared_web().http("moved/code.git")).commit == served_commit());
    const std::string log = log_lines("/moved/code.git");
    CHECK(std::ranges::count(log, '\n') == 1);
    CHECK(log.find("info/refs") != std::string::npos);
}

TEST_CASE("git_http: http.followRedirects = false follows no redirect") {
    const Home home;
    home.write(".gitconfig", "[http]\n\tfollowRedirects = false\n");
    const CloneOutcome outcome = clone(shared_web().http("moved/code.git"), home.user);
    CHECK(code_of(outcome) == ErrorCode::protocol);
    CHECK(outcome.error->message.find("redirects to") != std::string::npos);
}

TEST_CASE("git_http: credentials in the URL open a private repository, and stay out of messages") {
    const std::string url = private_url("in-url.git");
    CHECK(clone(with_user(url, "alice:wonder%20land")).commit == served_commit());
    const CloneOutcome wrong = clone(with_user(url, "alice:looking-glass"));
    CHECK(code_of(wrong) == ErrorCode::authentication);
    CHECK(wrong.error->message.find("looking-glass") == std::string::npos);
    CHECK(wrong.error->hint.find("refused") != std::string::npos);
}

TEST_CASE("git_http: without credentials a private repository is an authentication error with a hint") {
    const CloneOutcome outcome = clone(private_url("nobody.git"));
    CHECK(code_of(outcome) == ErrorCode::authentication);
    CHECK(outcome.error->hint.find(".netrc") != std::string::npos);
}

TEST_CASE("git_http: the owner's ~/.netrc opens a private repository") {
    const Home home;
    home.write(".netrc", "machine 127.0.0.1\n\tlogin alice\n\tpassword \"wonder land\"\n");
    CHECK(clone(private_url("netrc.git"), home.user).commit == served_commit());
    CHECK(code_of(clone(private_url("netrc.git"))) == ErrorCode::authentication);
}

TEST_CASE("git_http: a credential helper is asked once and told of the success, and its answer is kept") {
    const Home home;
    home.write(".gitconfig", helper_config(home, "wonder land"));
    const std::string url = private_url("helper.git");
    CHECK(clone(url, home.user).commit == served_commit());
    const auto told = [&] { return read_text(home.folder.path() / "told"); };
    CHECK(told().find("get\nprotocol=http\nhost=127.0.0.1:") == 0);
    CHECK(told().find("store\n") != std::string::npos);
    CHECK(told().find("erase\n") == std::string::npos);

    const TransportScope scope(home.user, nullptr, {});
    const std::size_t before = told().size();
    git_remote* remote = nullptr;
    REQUIRE(git_remote_create_detached(&remote, url.c_str()) == 0);
    CHECK(git_remote_connect(remote, GIT_DIRECTION_FETCH, nullptr, nullptr, nullptr) == 0);
    git_remote_free(remote);
    CHECK(told().size() == before);
}

TEST_CASE("git_http: a refused answer of a credential helper is rejected with the helper") {
    const Home home;
    home.write(".gitconfig", helper_config(home, "wrong"));
    CHECK(code_of(clone(private_url("reject.git"), home.user)) == ErrorCode::authentication);
    const std::string told = read_text(home.folder.path() / "told");
    CHECK(told.find("erase\n") != std::string::npos);
    CHECK(told.find("store\n") == std::string::npos);
}

TEST_CASE("git_http: the helper of the repository's own configuration is used") {
    const Home home;
    use_transports();
    git_repository* repository = nullptr;
    REQUIRE(git_repository_init(&repository, (home.folder.path() / "work").c_str(), 0) == 0);
    write_text(home.folder.path() / "work/.git/config",
               "[core]\n\trepositoryformatversion = 0\n" + helper_config(home, "wonder land"));
    CHECK(clone(private_url("local-helper.git"), home.user, repository).commit == served_commit());
    git_repository_free(repository);
}

TEST_CASE("git_http: a redirect to another host gets that host's credentials, never the first one's") {
    const std::string url = with_user(shared_web().http("away/code.git"), "alice:wonder%20land");
    CHECK(code_of(clone(url)) == ErrorCode::authentication);
    CHECK(log_lines("/private/code.git").find("Basic") == std::string::npos);
    const Home home;
    home.write(".netrc", "machine localhost login alice password \"wonder land\"\n");
    CHECK(clone(url, home.user).commit == served_commit());
    CHECK(log_lines("POST /private/code.git/git-upload-pack").find("Basic") != std::string::npos);
}

TEST_CASE("git_http: statuses become errors with a hint") {
    const CloneOutcome missing = clone(shared_web().http("missing/code.git"));
    CHECK(code_of(missing) == ErrorCode::not_found);
    CHECK(missing.error->message.find("404: Repository not found.") != std::string::npos);
    CHECK(missing.error->hint.find("private") != std::string::npos);
    CHECK(code_of(clone(shared_web().http("busy/code.git"))) == ErrorCode::server);
    CHECK(code_of(clone(shared_web().http("forbidden/code.git"))) == ErrorCode::authentication);
    CHECK(code_of(clone(shared_web().http("git/no-such.git"))) == ErrorCode::not_found);
}

TEST_CASE("git_http: a page for people is not a git server") {
    const CloneOutcome page = clone(shared_web().http("html/code.git"));
    CHECK(code_of(page) == ErrorCode::protocol);
    CHECK(page.error->message.find("text/html") != std::string::npos);
    CHECK(code_of(clone(shared_web().http("login/code.git"))) == ErrorCode::protocol);
}

TEST_CASE("git_http: a server without smart HTTP is named as such") {
    shell(fmt::format("cd {} && git update-server-info && rm -rf ../../files/dumb.git && cp -r . ../../files/dumb.git",
                      (shared_web().root() / "git/code.git").string()));
    const CloneOutcome dumb = clone(shared_web().http("files/dumb.git"));
    CHECK(code_of(dumb) == ErrorCode::protocol);
    CHECK(dumb.error->message.find("smart HTTP") != std::string::npos);
}

TEST_CASE("git_http: no server is unreachable, a stalled server a timeout" * doctest::test_suite("slow")) {
    CHECK(code_of(clone(fmt::format("http://127.0.0.1:{}/a.git", free_port()))) == ErrorCode::unreachable);
    const RawServer mute([](int, const std::atomic<bool>& running) {
        while (running) ::poll(nullptr, 0, 10);
    });
    CHECK(code_of(clone(mute.url("a.git"))) == ErrorCode::timeout);
}

TEST_CASE("git_http: an answer that ends early is unreachable, not success") {
    const RawServer cut([](int socket, const std::atomic<bool>&) {
        std::string request;
        char c = 0;
        while (request.find("\r\n\r\n") == std::string::npos && ::recv(socket, &c, 1, 0) == 1) request += c;
        const std::string answer =
            "HTTP/1.1 200 OK\r\nContent-Type: application/x-git-upload-pack-advertisement\r\nConnection: close\r\n\r\n"
            "001e# service=git-upload-pack\n0000";
        CHECK(::send(socket, answer.data(), answer.size(), MSG_NOSIGNAL) > 0);
    });
    const CloneOutcome outcome = clone(cut.url("a.git"));
    REQUIRE(outcome.error.has_value());
    INFO(outcome.error->message);
    CHECK(code_of(outcome) == ErrorCode::unreachable);
    CHECK(outcome.error->message.find("too early") != std::string::npos);
}

TEST_CASE("git_http: the CA file, extra headers and proxy of the git configuration are used") {
    HttpOptions strangers;
    strangers.ca_file = "/etc/ssl/certs/ca-certificates.crt";
    const Home home;
    const std::string url = shared_web().https("git/code.git");
    const auto clone_as = [&](const std::string& config) {
        home.write(".gitconfig", config);
        return clone(url, home.user);
    };
    home.write("empty.pem", read_text("/etc/ssl/certs/ca-certificates.crt"));
    const CloneOutcome refused = clone_as("[http]\n\tsslCAInfo = ~/empty.pem\n");
    CHECK(code_of(refused) == ErrorCode::protocol);
    CHECK(refused.error->message.find("certificate") != std::string::npos);
    CHECK(clone_as("[http]\n\tsslCAInfo = ~/empty.pem\n\tsslVerify = false\n").commit == served_commit());
    CHECK(clone_as(fmt::format("[http]\n\textraHeader = X-Test: from-config\n[http \"{}\"]\n\tsslVerify = true\n",
                               shared_web().https("")))
              .commit == served_commit());
    CHECK(log_lines("from-config").find("POST") != std::string::npos);
    CHECK(code_of(clone_as(fmt::format("[http]\n\tproxy = http://127.0.0.1:{}\n", free_port()))) ==
          ErrorCode::unreachable);
    CHECK(clone_as(fmt::format("[http \"https://elsewhere.example\"]\n\tproxy = http://127.0.0.1:{}\n", free_port()))
              .commit == served_commit());
}

TEST_CASE("take_transport_error: an error that is not the transport's is not taken") {
    const TransportScope scope({}, nullptr, {});
    git_repository* repository = nullptr;
    CHECK(git_repository_open(&repository, "/nonexistent") != 0);
    CHECK(!take_transport_error());
}

}  // namespace gup::test
