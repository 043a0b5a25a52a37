// SPDX-License-Identifier: Apache-2.0
#include "util/http/download.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include "fixture.hpp"
#include "http_fixture.hpp"
#include "util/sys/directory.hpp"
#include "util/sys/free_space.hpp"

namespace gup {
namespace {

using namespace test;

// A file on the server, and a path for its download.
class Offer {
public:
    explicit Offer(const std::string& name, std::size_t size = 300'000) : name_(name) {
        for (std::size_t i = 0; i < size; ++i) content += static_cast<char>('a' + i % 23);
        put(content);
        request.url = shared_web().http("/files/" + name);
        request.part = folder_.path() / "part";
        request.identity = "one";
        request.size = size;
    }
    void put(const std::string& text) const { write_text(shared_web().root() / "files" / name_, text); }
    [[nodiscard]] std::string part() const { return read_text(request.part); }
    // A partial download, as after a cut connection.
    void keep_only(std::size_t size) const { REQUIRE(::truncate(request.part.c_str(), static_cast<off_t>(size)) == 0); }
    [[nodiscard]] Result<Download> get() const { return download(*pool_with(), request); }
    [[nodiscard]] std::string requests() const { return log_lines("/files/" + name_); }

    std::string content;
    DownloadRequest request;

private:
    std::string name_;
    TemporaryFolder folder_ = temporary_folder();
};

DownloadRequest request_of(const RawServer& server, const TemporaryFolder& folder, std::uint64_t size) {
    DownloadRequest request;
    request.url = server.url("/f");
    request.part = folder.path() / "part";
    request.identity = "x";
    request.size = size;
    return request;
}

std::string answer(const std::string& head, const std::string& body) {
    return "HTTP/1.1 " + head + "\r\nConnection: close\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
           body;
}

}  // namespace

TEST_CASE("download: the whole file, and its progress") {
    Offer offer("download-whole");
    std::uint64_t last = 0;
    offer.request.progress = [&](std::uint64_t done) { last = done; };
    const auto done = offer.get();
    REQUIRE(done.ok());
    CHECK(done->size == offer.content.size());
    CHECK(done->resumed == 0);
    CHECK(last == offer.content.size());
    CHECK(offer.part() == offer.content);
}

TEST_CASE("download: bytes that exist already are not requested again") {
    const Offer offer("download-resumed");
    REQUIRE(offer.get().ok());
    offer.keep_only(100'000);
    CHECK(downloaded_so_far(offer.request) == 100'000);
    const auto done = offer.get();
    REQUIRE(done.ok());
    CHECK(done->resumed == 100'000);
    CHECK(offer.part() == offer.content);
}

TEST_CASE("download: a complete part costs no request") {
    const Offer offer("download-done");
    REQUIRE(offer.get().ok());
    const std::string before = offer.requests();
    const auto done = offer.get();
    REQUIRE(done.ok());
    CHECK(done->resumed == offer.content.size());
    CHECK(offer.requests() == before);
}

TEST_CASE("download: the beginning of another version is not mixed with the rest of this one") {
    Offer offer("download-changed");
    REQUIRE(offer.get().ok());
    offer.keep_only(100'000);
    const std::string changed(offer.content.size() + 1, 'x');
    offer.put(changed);
    offer.request.size = changed.size();
    const auto done = offer.get();
    REQUIRE(done.ok());
    CHECK(done->resumed == 0);
    CHECK(offer.part() == changed);
}

TEST_CASE("download: the beginning of another file is dropped") {
    Offer offer("download-other");
    REQUIRE(offer.get().ok());
    offer.keep_only(100'000);
    offer.request.identity = "two";
    CHECK(downloaded_so_far(offer.request) == 0);
    const auto done = offer.get();
    REQUIRE(done.ok());
    CHECK(done->resumed == 0);
    CHECK(offer.part() == offer.content);
}

TEST_CASE("download: another size is refused before a byte is kept") {
    Offer offer("download-size");
    offer.request.size = 7;
    const auto done = offer.get();
    CHECK(code_of(done) == ErrorCode::protocol);
    CHECK(done.error().message.find("300000 bytes instead of 7") != std::string::npos);
    CHECK_FALSE(is_file(offer.request.part));
}

TEST_CASE("download: without a size, the limit is used") {
    Offer offer("download-limit");
    offer.request.size = 0;
    offer.request.limit = 1000;
    const auto pool = pool_with();
    CHECK(code_of(download(*pool, offer.request)) == ErrorCode::protocol);
    CHECK(pool->bytes_received() < 200'000);  // the server announces the length, and the client does not wait for more
    offer.request.limit = 300'000;
    CHECK(offer.get().ok());
}

TEST_CASE("download: a cut connection leaves the received bytes, and the next attempt continues from there") {
    const std::string body(50'000, 'y');
    std::atomic<int> asked{0};
    std::string second;
    const RawServer server([&](int socket, const Running& running) {
        if (++asked == 1) {
            read_request(socket);
            say(socket, "HTTP/1.1 200 OK\r\nETag: \"v1\"\r\nContent-Length: 50000\r\n\r\n" + body.substr(0, 20'000));
            return;
        }
        char c = 0;
        while (second.find("\r\n\r\n") == std::string::npos && ::recv(socket, &c, 1, 0) == 1) second += c;
        say(socket,
            "HTTP/1.1 206 Partial Content\r\nConnection: close\r\nContent-Range: bytes 20000-49999/50000\r\n"
            "Content-Length: 30000\r\n\r\n" +
                body.substr(20'000));
        CHECK(wait_for_close(socket, running));
    });
    const auto folder = temporary_folder();
    const DownloadRequest request = request_of(server, folder, body.size());
    CHECK(is_network_failure(download(*pool_with(), request).error()));
    CHECK(downloaded_so_far(request) == 20'000);
    const auto done = download(*pool_with(), request);
    REQUIRE(done.ok());
    CHECK(done->resumed == 20'000);
    CHECK(read_text(request.part) == body);
    CHECK(second.find("Range: bytes=20000-") != std::string::npos);
    CHECK(second.find("If-Range: \"v1\"") != std::string::npos);
}

TEST_CASE("download: a server that answers with another range is asked for the whole file") {
    std::atomic<int> asked{0};
    const RawServer server([&](int socket, const Running& running) {
        read_request(socket);
        say(socket, ++asked == 1 ? answer("206 Partial Content\r\nContent-Range: bytes 1-3/10", "abc")
                                 : answer("200 OK\r\nETag: \"v\"", "0123456789"));
        CHECK(wait_for_close(socket, running));
    });
    const auto folder = temporary_folder();
    const DownloadRequest request = request_of(server, folder, 10);
    write_text(request.part, "01234");
    write_text(folder.path() / "part.from", "x\n\"v\"\n\n");
    const auto done = download(*pool_with(), request);
    REQUIRE(done.ok());
    CHECK(done->resumed == 0);
    CHECK(read_text(request.part) == "0123456789");
    CHECK(asked == 2);
}

TEST_CASE("download: a complete part of unknown size costs an answer without a body") {
    Offer offer("download-whole-again");
    offer.request.size = 0;
    const auto first = offer.get();
    REQUIRE(first.ok());
    CHECK(first->etag.starts_with('"'));
    CHECK(first->modified.ends_with("GMT"));
    const auto pool = pool_with();
    const auto again = download(*pool, offer.request);
    REQUIRE(again.ok());
    CHECK(again->size == offer.content.size());
    CHECK(again->resumed == offer.content.size());
    CHECK(again->etag == first->etag);
    CHECK(again->modified == first->modified);
    CHECK(pool->bytes_received() < 2000);
}

TEST_CASE("download: a rest of another version is refused, even if the server does not support If-Range") {
    std::atomic<int> asked{0};
    const RawServer server([&](int socket, const Running& running) {
        read_request(socket);
        say(socket, ++asked == 1
                        ? answer("206 Partial Content\r\nETag: \"new\"\r\nContent-Range: bytes 5-9/10", "56789")
                        : answer("200 OK\r\nETag: \"new\"", "9876543210"));
        CHECK(wait_for_close(socket, running));
    });
    const auto folder = temporary_folder();
    const DownloadRequest request = request_of(server, folder, 10);
    write_text(request.part, "01234");
    write_text(folder.path() / "part.from", "x\n\"old\"\n\n");
    const auto done = download(*pool_with(), request);
    REQUIRE(done.ok());
    CHECK(done->etag == "\"new\"");
    CHECK(read_text(request.part) == "9876543210");
}

TEST_CASE("download: a partial answer without a request for a range is not taken as the whole file") {
    const RawServer server([&](int socket, const Running& running) {
        read_request(socket);
        say(socket, answer("206 Partial Content\r\nContent-Range: bytes 0-3/10", "0123"));
        CHECK(wait_for_close(socket, running));
    });
    const auto folder = temporary_folder();
    CHECK(code_of(download(*pool_with(), request_of(server, folder, 0))) == ErrorCode::protocol);
}

TEST_CASE("download: a refused piece ends the attempt, and the received bytes stay") {
    Offer offer("download-admit");
    std::uint64_t admitted = 0;
    offer.request.admit = [&](std::uint64_t bytes) -> Status {
        if (admitted + bytes > 150'000) return Error{ErrorCode::no_space, "no more", {}};
        admitted += bytes;
        return {};
    };
    CHECK(code_of(offer.get()) == ErrorCode::no_space);
    CHECK(admitted > 0);
    CHECK(downloaded_so_far(offer.request) == admitted);
}

TEST_CASE("download: uses the caller's request, for the rest too") {
    Offer offer("download-ask");
    REQUIRE(offer.get().ok());
    offer.keep_only(100'000);
    std::vector<std::string> given;
    const auto pool = pool_with();
    offer.request.ask = [&](std::vector<std::string> headers) -> Result<HttpAnswer> {
        given = headers;
        HttpRequest request = get(offer.request.url);
        request.headers = std::move(headers);
        HttpAnswer answer{{}, pool->start(std::move(request))};
        GUP_TRY(answer.head, answer.body->head());
        return answer;
    };
    REQUIRE(offer.get().ok());
    REQUIRE(given.size() == 2);
    CHECK(given[0] == "Range: bytes=100000-");
    CHECK(given[1].starts_with("If-Range: \""));
    CHECK(offer.part() == offer.content);
    offer.request.ask = [](const std::vector<std::string>&) -> Result<HttpAnswer> {
        return Error{ErrorCode::authentication, "not you", {}};
    };
    offer.keep_only(10);
    CHECK(code_of(offer.get()) == ErrorCode::authentication);
}

TEST_CASE("download: the server's status decides the code") {
    Offer offer("download-codes");
    offer.request.url = shared_web().http("/files/download-nothing");
    CHECK(code_of(offer.get()) == ErrorCode::not_found);
    offer.request.url = shared_web().http("/forbidden/x");
    CHECK(code_of(offer.get()) == ErrorCode::authentication);
    offer.request.url = shared_web().http("/busy/x");
    CHECK(code_of(offer.get()) == ErrorCode::server);
}

TEST_CASE("download: a link or a pipe where the part should be is not written through") {
    const Offer offer("download-link");
    const auto folder = temporary_folder();
    write_text(folder.path() / "target", "precious");
    REQUIRE(::symlink((folder.path() / "target").c_str(), offer.request.part.c_str()) == 0);
    CHECK_FALSE(offer.get().ok());
    CHECK(read_text(folder.path() / "target") == "precious");
    REQUIRE(::unlink(offer.request.part.c_str()) == 0);
    REQUIRE(::mkfifo(offer.request.part.c_str(), 0600) == 0);
    CHECK_FALSE(offer.get().ok());
    REQUIRE(::unlink(offer.request.part.c_str()) == 0);
    const fs::path twin = offer.request.part.native() + ".twin";
    write_text(twin, "precious");
    REQUIRE(::link(twin.c_str(), offer.request.part.c_str()) == 0);
    CHECK_FALSE(offer.get().ok());
    CHECK(read_text(twin) == "precious");
}

TEST_CASE("require_space: both numbers are in the message") {
    const auto folder = temporary_folder();
    const auto free = free_space(folder.path());
    REQUIRE(free.ok());
    CHECK(require_space(folder.path(), 1, 1).ok());
    const auto refused = require_space(folder.path(), *free, std::uint64_t{1} << 40U);
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().code == ErrorCode::no_space);
    CHECK(refused.error().message.find("1.0 TiB must stay free") != std::string::npos);
}

TEST_CASE("SpaceWatch: refuses the first byte, and later ones, if less than the reserve is free") {
    const auto folder = temporary_folder();
    constexpr std::uint64_t too_much = std::uint64_t{1} << 60U;
    CHECK(SpaceWatch(folder.path(), 0).admit().ok());
    CHECK(SpaceWatch(folder.path(), 1).admit().ok());
    const auto refused = SpaceWatch(folder.path(), too_much).admit();
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().code == ErrorCode::no_space);
    CHECK(refused.error().message.find("must stay free (update.disk-reserve), but ") != std::string::npos);
    CHECK(refused.error().message.find("written") == std::string::npos);
    SpaceWatch watch(folder.path(), too_much);
    const auto ended = watch.spend(2048);
    REQUIRE_FALSE(ended.ok());
    CHECK(ended.error().message.find(" after 2.0 KiB were written") != std::string::npos);
}

TEST_CASE("SpaceWatch: checks once in a mebibyte") {
    auto folder = std::make_optional(temporary_folder());
    SpaceWatch watch(folder->path(), 1);
    REQUIRE(watch.spend(1).ok());
    folder.reset();  // from here on each check fails
    CHECK(watch.spend(1'000'000).ok());
    CHECK_FALSE(watch.spend(100'000).ok());
}

}  // namespace gup
