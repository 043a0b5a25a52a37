// SPDX-License-Identifier: Apache-2.0
#include "source/archive/archive_signature.hpp"

#include <nlohmann/json.hpp>

#include "fixture.hpp"
#include "minisign_fixture.hpp"

using namespace gup;
using namespace gup::test;

namespace {

constexpr std::int64_t today = 1'800'000'000;

ArchiveReader reader_of(SeenArchives seen = {}) {
    return {"app.zip", "https://host/app.zip", std::move(seen), {today, today - 1000}};
}

// The refusal of a signature with that comment; an empty one if it is accepted.
Error refusal(const std::string& comment, const SeenArchives& seen = {}, const std::string& signature = "s") {
    const auto order = judge_signature({comment, "KEY", signature}, reader_of(seen));
    return order.ok() ? Error{} : order.error();
}

ArchiveOrder order_of(const std::string& comment) {
    return judge_signature({comment, "KEY", "s"}, reader_of()).value_or({});
}

}  // namespace

TEST_CASE("parse_archive_comment: the comment of minisign itself, and words of the publisher") {
    const auto own = parse_archive_comment("timestamp:1795258650\tfile:app.zip\thashed");
    REQUIRE(own.ok());
    CHECK(own->file == "app.zip");
    CHECK(own->timestamp == 1'795'258'650U);
    CHECK_FALSE(own->serial.has_value());
    const auto words = parse_archive_comment("file:my app.zip version:2.0 serial:17 expires:2027-01-31T00:00:00Z");
    REQUIRE(words.ok());
    CHECK(words->file == "my app.zip");
    CHECK(words->serial == 17U);
    CHECK(words->expires == 1'801'353'600);
    CHECK(parse_archive_comment("expires:1801353600")->expires == 1'801'353'600);
    CHECK(parse_archive_comment("")->file.empty());
    for (const char* wrong :
         {"serial:", "serial:-1", "serial:1.5", "timestamp:yesterday", "expires:soon", "serial:99999999999999999999"}) {
        CHECK_MESSAGE(code_of(parse_archive_comment(wrong)) == ErrorCode::invalid_input, wrong);
    }
}

TEST_CASE("archive_name: the last part of the path, decoded") {
    CHECK(archive_name("https://host/a/b/app.zip") == "app.zip");
    CHECK(archive_name("https://host/a%2Fb/my%20app.zip?X=/y#z") == "my app.zip");
    CHECK(archive_name("https://host/app/") == "app");
    CHECK(archive_name("releases/app.zip") == "app.zip");
    CHECK(archive_name("app.zip") == "app.zip");
}

TEST_CASE("judge_signature: the name must be the source's, and an order must be there") {
    CHECK(refusal("file:app.zip timestamp:7").message.empty());
    CHECK(refusal("file:app.zip serial:7").message.empty());
    const Error other = refusal("file:door-opener.zip timestamp:7");
    CHECK(other.code == ErrorCode::authentication);
    CHECK(other.message == "https://host/app.zip is refused: its signature is for door-opener.zip, not for app.zip");
    CHECK(other.hint == R"--(sign it again: minisign -Sm app.zip -t "file:app.zip timestamp:$(date +%s)")--");
    CHECK(holds(refusal("timestamp:7").message, "does not name the file"));
    CHECK(holds(refusal("file:app.zip").message, "neither a timestamp nor a serial"));
    CHECK(holds(refusal("a comment of people").message, "does not name the file"));
    CHECK(holds(refusal("file:app.zip serial:x").message, "serial:x"));
    for (const char* name : {"APP.ZIP", "x/app.zip", "app.zip.old", "app"}) {
        CHECK_MESSAGE(!refusal(std::string("file:") + name + " serial:7").message.empty(), name);
    }
}

TEST_CASE("judge_signature: the hint of a strange name is right for a shell") {
    ArchiveReader reader = reader_of();
    reader.name = "my $app's.zip";
    const auto judged = judge_signature({"", "KEY", ""}, reader);
    CHECK(judged.error().hint ==
          R"--(sign it again: minisign -Sm 'my $app'\''s.zip' -t 'file:my $app'\''s.zip timestamp:'"$(date +%s)")--");
}

TEST_CASE("judge_signature: never below what was seen, for each key of its own") {
    const SeenArchives seen{{"KEY", order_of("file:app.zip timestamp:100")}};
    CHECK(refusal("file:app.zip timestamp:100", seen).message.empty());
    CHECK(refusal("file:app.zip timestamp:101", seen).message.empty());
    const Error older = refusal("file:app.zip timestamp:99", seen);
    CHECK(older.code == ErrorCode::authentication);
    CHECK(holds(older.message, "its signature's timestamp 99 is older than 100, which was seen already"));
    CHECK(holds(older.hint, "old archive"));
    CHECK(refusal("file:app.zip timestamp:1", {{"OTHER", seen.at("KEY")}}).message.empty());
    CHECK(refusal("file:app.zip serial:1", seen).message.empty());
}

TEST_CASE("judge_signature: after a serial all need one, and one serial is for one content") {
    const SeenArchives seen{{"KEY", order_of("file:app.zip serial:5 timestamp:100")}};
    CHECK(refusal("file:app.zip serial:5", seen).message.empty());
    CHECK(holds(refusal("file:app.zip serial:5", seen, "another signature").message, "for other content"));
    CHECK(holds(refusal("file:app.zip serial:4 timestamp:200", seen).message, "serial 4 is older than 5"));
    const Error none = refusal("file:app.zip timestamp:200", seen);
    CHECK(holds(none.message, "has no serial"));
    CHECK(holds(none.hint, "minisign -Sm 'app.zip' -t 'file:app.zip serial:6'"));
    CHECK(refusal("file:app.zip timestamp:100", {{"KEY", order_of("file:app.zip timestamp:100")}}, "another")
              .message.empty());
}

TEST_CASE("judge_signature: an expired one is refused, and with a wrong clock every one that can expire") {
    CHECK(refusal("file:app.zip serial:1 expires:1800000001").message.empty());
    CHECK(holds(refusal("file:app.zip serial:1 expires:1800000000").message, "its signature expired at"));
    ArchiveReader late = reader_of();
    late.clock = {0, today};
    const auto wrong = judge_signature({"file:app.zip serial:1 expires:1900000000", "KEY", ""}, late);
    CHECK(holds(wrong.error().message, "clock"));
    CHECK(judge_signature({"file:app.zip serial:1", "KEY", ""}, late).ok());
}

TEST_CASE("note_seen_archive: the highest stays, by connector and key") {
    const Folder state;
    const fs::path place = state.folder.path();
    const ArchiveOrder five{true, 5, "five"};
    CHECK(read_seen_archives(place, "meter")->empty());
    CHECK(note_seen_archive(place, "meter", "A", five).ok());
    CHECK(note_seen_archive(place, "meter", "A", {true, 4, "four"}).ok());
    CHECK(note_seen_archive(place, "meter", "A", {false, 100, "time"}).ok());
    CHECK(note_seen_archive(place, "meter", "B", {false, 100, "time"}).ok());
    const auto seen = read_seen_archives(place, "meter");
    REQUIRE(seen.ok());
    CHECK(*seen == SeenArchives{{"A", five}, {"B", {false, 100, "time"}}});
    CHECK(read_seen_archives(place, "other")->empty());
    CHECK(note_seen_archive(place, "meter", "B", {true, 1, "one"}).ok());
    CHECK(read_seen_archives(place, "meter")->at("B").is_serial);
}

TEST_CASE("read_seen_archives: a file that the agent did not write is an error with a way out") {
    const Folder state;
    for (const char* text :
         {"", "{}", "[]", "{\"schema\":1,\"keys\":[1]}", "{\"schema\":1,\"keys\":{\"A\":{\"serial\":\"x\"}}}"}) {
        put(state / "signatures/meter.json", text);
        const auto seen = read_seen_archives(state.folder.path(), "meter");
        CHECK_MESSAGE(code_of(seen) == ErrorCode::corrupt, text);
        CHECK(holds(seen.error().hint, "remove it"));
    }
}

TEST_CASE("answer_signature_question: a worker reads and notes only what its connectors may have") {
    static const Signer signer;
    const std::string key = display_key_id(signer.key().id);
    const Folder state;
    DeclaredConnector meter;
    meter.name = "meter";
    meter.public_keys = {signer.public_key()};
    DeclaredConnector other = meter;
    other.name = "other";
    const std::vector<DeclaredConnector> declared{meter, other};
    const SignatureRights rights{state.folder.path(), {"meter", "plain"}, declared};
    const auto note = [&](const char* connector, const std::string& by, std::int64_t serial) {
        return answer_signature_question(
            rights, {{"act", "note"},
                     {"connector", connector},
                     {"keys", {{by, {{"serial", static_cast<std::uint64_t>(serial)}, {"digest", "d"}}}}}});
    };
    CHECK(note("meter", key, 7).ok());
    CHECK(note("meter", key, 6).ok());
    const auto seen = answer_signature_question(rights, {{"act", "read"}, {"connector", "meter"}});
    REQUIRE(seen.ok());
    CHECK((*seen)["keys"][key]["serial"] == 7);
    CHECK(code_of(note("other", key, 9)) == ErrorCode::permission);
    CHECK(code_of(note("plain", key, 9)) == ErrorCode::permission);
    CHECK(code_of(note("meter", "another key", 9)) == ErrorCode::permission);
    CHECK(code_of(answer_signature_question(rights, {{"act", "note"}, {"connector", "meter"}})) == ErrorCode::protocol);
    CHECK(code_of(answer_signature_question(rights, nlohmann::json("x"))) == ErrorCode::permission);
    CHECK(read_seen_archives(state.folder.path(), "other")->empty());
}
