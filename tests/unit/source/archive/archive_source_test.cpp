// SPDX-License-Identifier: Apache-2.0
#include "source/archive/archive_source.hpp"
#include "source/archive/http_backend.hpp"

#include <sys/stat.h>

#include "fixture.hpp"
#include "git_transport_fixture.hpp"
#include "minisign_fixture.hpp"
#include "source/archive/backend.hpp"
#include "source/git/initialize.hpp"
#include "util/crypto/digest.hpp"
#include "util/http/download.hpp"
#include "util/sys/directory.hpp"

namespace gup::test {
namespace {

// An archive on nginx, and a local path for it. Its content does not matter for the download.
class ArchiveOffer {
public:
    explicit ArchiveOffer(const std::string& name) : name_(name) {
        GitSettings settings;
        settings.retry = {1, Milliseconds{1}, Milliseconds{1}};
        REQUIRE(git_initialize(settings).ok());
        request.network = {shared_pool(), settings.retry, nullptr, 0};
        request.make_server = detail::make_web_server;
        put(content);
        use(shared_web().http("/files/" + name));
    }
    void put(const std::string& text) { write_text(shared_web().root() / "files" / name_, content = text); }
    void put_beside(const std::string& suffix, const std::string& text) const {
        write_text(shared_web().root() / "files" / (name_ + suffix), text);
    }
    void use(const std::string& url) {
        request.connector.source = parse_source(url).value();
        request.user = home.user;
    }
    [[nodiscard]] Result<Revision> ask(const Revision& known = {}) const { return ask_archive(request, known); }
    [[nodiscard]] Result<Revision> fetch(const Revision& wanted = {}) const {
        return fetch_archive(request, wanted, part(), {});
    }
    [[nodiscard]] fs::path part() const { return folder_.path() / "archive.part"; }
    [[nodiscard]] std::string requests() const { return log_lines("/files/" + name_); }

    Home home;
    std::string content = std::string(200'000, 'z');
    ArchiveRequest request;

private:
    std::string name_;
    TemporaryFolder folder_ = temporary_folder();
};

// Answers every request with one text.
class FixedServer {
public:
    explicit FixedServer(std::string answer)
        : answer_(std::move(answer)), server_([this](int socket, const Running& running) {
              read_request(socket);
              ++asked;
              say(socket, answer_);
              CHECK(wait_for_close(socket, running));
          }) {}
    [[nodiscard]] std::string url() const { return server_.url("app.zip"); }
    std::atomic<int> asked{0};

private:
    std::string answer_;
    RawServer server_;
};

std::string http_answer(const std::string& head, const std::string& body) {
    return fmt::format("HTTP/1.1 {}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{}", head, body.size(), body);
}

}  // namespace

TEST_CASE("fetch_archive: its bytes are those of the day, also for the next process") {
    ArchiveOffer offer("archive-budget.zip");
    const TemporaryFolder folder = temporary_folder();
    const DataLimits limits{.rate = 0, .per_day = 1'000'000};
    const auto budget = [&] {
        return std::make_shared<DataBudget>(limits, folder.path() / "data", DataBudget::Keep::yes);
    };
    offer.request.network.budget = budget();
    REQUIRE(offer.fetch().ok());
    CHECK(budget()->used() == offer.content.size());
}

TEST_CASE("make_archive_revision: the ETag names the revision, in any form") {
    const std::string date = "Sat, 21 Nov 2026 02:00:13 GMT";
    const auto id = [&](const std::string& etag) { return make_archive_revision(etag, date, 7).id; };
    CHECK(id("\"5f3b-61a\"") == "5f3b-61a");
    CHECK(id("W/\"5f3b-61a\"") == "5f3b-61a");
    CHECK(id("bare.tag_1") == "bare.tag_1");
    for (const std::string odd : {"\"../../etc\"", "\".hidden\"", "\"-rf\"", "\"a b\"", "\"\xc3\xbc\"", "\"\x01\""}) {
        CHECK(id(odd).size() == 32);
        CHECK(id(odd).find_first_not_of("0123456789abcdef") == std::string::npos);
    }
    const std::string huge = "\"" + std::string(4096, 'x') + "\"";
    CHECK(id(huge).size() == 32);
    CHECK_MESSAGE(make_archive_revision(huge, date, 7).etag.empty(), "no server takes that back");
    CHECK(make_archive_revision("\"\x01\"", date, 7).etag.empty());
    CHECK(make_archive_revision("W/\"a\"", date, 7).etag == "W/\"a\"");
}

TEST_CASE("make_archive_revision: without an ETag length and date name it, and without a date nothing does") {
    const std::string date = "Sat, 21 Nov 2026 02:00:13 GMT";
    const auto version = make_archive_revision("", date, 7);
    CHECK(version.id.size() == 32);
    CHECK(version.modified == date);
    CHECK(make_archive_revision("", date, 8).id != version.id);
    CHECK(make_archive_revision("", "Sat, 21 Nov 2026 02:00:14 GMT", 7).id != version.id);
    CHECK(make_archive_revision("", "", 7).id.empty());
    CHECK(make_archive_revision("\"\"", "", 7).id.empty());
    CHECK(make_archive_revision("", "yesterday", 7).modified.empty());
}

TEST_CASE("ask_archive: the first question reads one byte, the next one none") {
    const ArchiveOffer offer("archive-ask.zip");
    const auto version = offer.ask();
    REQUIRE(version.ok());
    CHECK(version->etag.starts_with('"'));
    CHECK(version->size == offer.content.size());
    CHECK(version->modified.ends_with("GMT"));
    const auto before = shared_pool()->bytes_received();
    const auto again = offer.ask(*version);
    CHECK(again.value_or({}) == *version);
    CHECK(shared_pool()->bytes_received() - before < 1000);
    CHECK(holds(offer.requests(), "GET"));
    CHECK_FALSE(is_there(offer.part()));
}

TEST_CASE("ask_archive: a changed archive is distinguished from the known one") {
    ArchiveOffer offer("archive-changed.zip");
    const auto version = offer.ask();
    REQUIRE(version.ok());
    offer.put("something else, of another length");
    const auto changed = offer.ask(*version);
    REQUIRE(changed.ok());
    CHECK(changed->id != version->id);
}

TEST_CASE("ask_archive: an empty file, a page and a too large file are refused before anything is downloaded") {
    ArchiveOffer offer("archive-refused.zip");
    offer.put("");
    CHECK(holds(offer.ask().error().message, "is empty"));
    offer.use(shared_web().http("/html/app.zip"));
    CHECK(holds(offer.ask().error().message, "a web page (text/html)"));
    const FixedServer large(
        "HTTP/1.1 206 Partial Content\r\nConnection: close\r\nETag: \"a\"\r\nContent-Range: bytes "
        "0-0/5000000000\r\nContent-Length: "
        "1\r\n\r\nx");
    offer.use(large.url());
    CHECK(holds(offer.ask().error().message, "has 4.7 GiB, more than the limit of 1.0 GiB"));
    offer.use(shared_web().http("/files/nothing-there.zip"));
    CHECK(code_of(offer.ask()) == ErrorCode::not_found);
}

TEST_CASE("ask_archive: a server without ranges, and one without conditional requests") {
    ArchiveOffer offer("archive-plain.zip");
    const FixedServer plain(http_answer("200 OK\r\nETag: \"one\"", "zip"));
    offer.use(plain.url());
    const auto version = offer.ask();
    REQUIRE(version.ok());
    CHECK(version->id == "one");
    CHECK(version->size == 3);
    CHECK(offer.ask(*version).value_or({}).id == "one");
    const FixedServer odd("HTTP/1.1 304 Not Modified\r\nConnection: close\r\n\r\n");
    offer.use(odd.url());
    CHECK_MESSAGE(code_of(offer.ask()) == ErrorCode::protocol, "nothing was known that could be unchanged");
}

TEST_CASE("ask_archive: without ETag and date, the content decides") {
    ArchiveOffer offer("archive-unknown.zip");
    const FixedServer silent(http_answer("200 OK", "content"));
    offer.use(silent.url());
    const auto version = offer.ask();
    REQUIRE(version.ok());
    CHECK(version->id.empty());
    CHECK(offer.fetch(*version).value_or({}).id == sha256_of("content").substr(0, 32));
}

TEST_CASE("ask_archive: a pinned archive that is known needs no request") {
    ArchiveOffer offer("archive-pinned.zip");
    offer.request.connector.sha256 = sha256_of(offer.content);
    const auto version = offer.ask();
    REQUIRE(version.ok());
    CHECK(offer.requests().empty());
    const auto fetched = offer.fetch(*version);
    REQUIRE(fetched.ok());
    CHECK(fetched->id == version->id);
    CHECK(reach_archive(offer.request).ok());
}

TEST_CASE("fetch_archive: the downloaded version is returned, even if it changed since the question") {
    ArchiveOffer offer("archive-fetch.zip");
    const auto asked = offer.ask();
    REQUIRE(asked.ok());
    CHECK(offer.fetch(*asked).value_or({}) == *asked);
    CHECK(read_text(offer.part()) == offer.content);
    offer.put("newer");
    const auto newer = offer.fetch(*asked);
    REQUIRE(newer.ok());
    CHECK(newer->id != asked->id);
    CHECK(newer->size == 5);
    CHECK(read_text(offer.part()) == "newer");
}

TEST_CASE("fetch_archive: continues an interrupted download of the last night") {
    const ArchiveOffer offer("archive-cut.zip");
    const auto version = offer.ask();
    REQUIRE(version.ok());
    REQUIRE(offer.fetch(*version).ok());
    REQUIRE(::truncate(offer.part().c_str(), 150'000) == 0);
    const auto before = shared_pool()->bytes_received();
    CHECK(offer.fetch(*version).value_or({}) == *version);
    CHECK(shared_pool()->bytes_received() - before < 60'000);
    CHECK(read_text(offer.part()) == offer.content);
}

TEST_CASE("fetch_archive: a wrong hash is reported, and not downloaded again until something changes") {
    ArchiveOffer offer("archive-hash.zip");
    offer.request.connector.sha256 = std::string(64, '0');
    const auto refused = offer.fetch();
    CHECK(code_of(refused) == ErrorCode::protocol);
    CHECK(holds(refused.error().message, "has the wrong hash: its SHA-256 is " + sha256_of(offer.content)));
    CHECK_FALSE(is_there(offer.part()));
    const auto again = offer.fetch();
    CHECK(code_of(again) == ErrorCode::protocol);
    CHECK(again.error().message == refused.error().message);
    CHECK(holds(again.error().hint, "until the server has another archive"));
    offer.request.connector.sha256 = sha256_of(offer.content);
    CHECK_MESSAGE(offer.fetch().ok(), "the check is another one");
    offer.request.connector.sha256 = sha256_of("right at last");
    CHECK_FALSE(offer.fetch().ok());
    offer.put("right at last");
    CHECK_MESSAGE(offer.fetch().ok(), "the server has another one");
    CHECK_FALSE(is_there(offer.part().native() + ".refused"));
}

TEST_CASE("fetch_archive: only an archive that one of the keys signed is accepted") {
    static const Signer signer;
    static const Signer stranger;
    ArchiveOffer offer("archive-signed.zip");
    offer.request.connector.public_keys = {stranger.public_key(), signer.public_key()};
    const auto unsigned_one = offer.fetch();
    CHECK(code_of(unsigned_one) == ErrorCode::authentication);
    CHECK(holds(unsigned_one.error().message, "is not signed: there is no "));
    CHECK_FALSE_MESSAGE(is_there(offer.part()), "nothing is downloaded that would be refused");
    offer.put_beside(".minisig", signer.sign(offer.content, "-t 'file:archive-signed.zip timestamp:1'"));
    CHECK(offer.fetch().ok());
    offer.request.connector.public_keys = {stranger.public_key()};
    CHECK(holds(offer.fetch().error().message, "is not one of the trusted keys"));
    offer.request.connector.public_keys = {signer.public_key()};
    offer.put("tampered with");
    CHECK(holds(offer.fetch().error().message, "does not match"));
    offer.put_beside(".minisig", signer.sign(offer.content, "-t 'file:archive-signed.zip timestamp:1'"));
    CHECK_MESSAGE(offer.fetch().ok(), "the signature is another one");
}

TEST_CASE("fetch_archive: a signature for another file, or older than what was seen, costs no download") {
    static const Signer signer;
    ArchiveOffer offer("archive-order.zip");
    offer.request.connector.public_keys = {signer.public_key()};
    const auto sign = [&](const std::string& comment) {
        offer.put_beside(".minisig", signer.sign(offer.content, "-t '" + comment + "'"));
    };
    offer.request.accepted = [&](const std::string& key, const ArchiveOrder& order) -> Status {
        offer.request.seen[key] = order;
        return {};
    };
    sign("file:another.zip serial:9");
    CHECK(holds(offer.fetch().error().message, "for another.zip, not for archive-order.zip"));
    CHECK_FALSE(is_there(offer.part()));
    CHECK(offer.request.seen.empty());
    sign("file:archive-order.zip serial:9");
    CHECK(offer.fetch().ok());
    REQUIRE(offer.request.seen.size() == 1);
    CHECK(offer.request.seen.begin()->second.number == 9);
    forget_download(offer.part());
    sign("file:archive-order.zip serial:8");
    const auto older = offer.fetch();
    CHECK(code_of(older) == ErrorCode::authentication);
    CHECK(holds(older.error().message, "serial 8 is older than 9"));
    CHECK_FALSE(is_there(offer.part()));
    sign("file:archive-order.zip serial:10");
    offer.request.accepted = [](const std::string&, const ArchiveOrder&) -> Status {
        return Error{ErrorCode::io, "no disk", {}};
    };
    CHECK_MESSAGE(code_of(offer.fetch()) == ErrorCode::io, "what cannot be remembered is not accepted");
}

TEST_CASE("fetch_archive: user and password of the URL, and of netrc; and none") {
    ArchiveOffer offer("archive-auth.zip");
    const std::string url = shared_web().http("/auth/archive-auth.zip");
    offer.use(url);
    const auto refused = offer.ask();
    CHECK(code_of(refused) == ErrorCode::authentication);
    CHECK(holds(refused.error().hint, "~/.netrc"));
    offer.use("http://alice:wonder%20land@" + url.substr(7));
    CHECK(offer.ask().ok());
    CHECK(offer.fetch().ok());
    offer.use("http://alice:wr0ng-one@" + url.substr(7));
    const auto wrong = offer.ask();
    CHECK(code_of(wrong) == ErrorCode::authentication);
    CHECK_FALSE(holds(wrong.error().message + wrong.error().hint, "wr0ng-one"));
    offer.use(url);
    offer.home.write(".netrc", "machine 127.0.0.1 login alice password \"wonder land\"\n");
    CHECK(offer.ask().ok());
}

TEST_CASE("fetch_archive: a server that cuts each answer is asked again as long as it sends data") {
    const std::string body(5U << 20U, 'b');
    constexpr std::size_t piece = (1U << 20U) + 1000;
    std::atomic<int> asked{0};
    const RawServer server([&](int socket, const Running&) {
        std::string request;
        char c = 0;
        while (request.find("\r\n\r\n") == std::string::npos && ::recv(socket, &c, 1, 0) == 1) request += c;
        ++asked;
        const auto range = request.find("Range: bytes=");
        const std::size_t from = range == std::string::npos ? 0 : std::stoul(request.substr(range + 13));
        const std::string head =
            from == 0 ? "200 OK"
                      : fmt::format("206 Partial\r\nContent-Range: bytes {}-{}/{}", from, body.size() - 1, body.size());
        // Closed in the middle.
        const std::string text =
            fmt::format("HTTP/1.1 {}\r\nETag: \"v\"\r\nContent-Length: {}\r\n\r\n", head, body.size() - from) +
            body.substr(from, piece);
        (void)::send(socket, text.data(), text.size(), MSG_NOSIGNAL);
    });
    ArchiveOffer offer("archive-cuts.zip");
    offer.use(server.url("app.zip"));
    const auto version = offer.fetch();
    REQUIRE(version.ok());
    CHECK(version->size == body.size());
    CHECK(read_text(offer.part()) == body);
    CHECK(asked == 5);
}

}  // namespace gup::test
