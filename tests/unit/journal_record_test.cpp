#include "core/journal_record.hpp"

#include <doctest/doctest.h>

#include <random>
#include <string>
#include <vector>

using namespace gup;

namespace {

const std::string header(journal_header);
const std::string commit(journal_commit);
const std::string end(journal_end);
const JournalStep checkout{"checkout", {{"from", "1a2b"}, {"to", "e9b1"}}};
const JournalStep link{"link", {{"path", "/srv/x"}}};
const std::string begun = header + format_begin("2026-11-21_02_00-main-e9b167f", "meter");

JournalRecord parsed(const std::string& text) {
    const auto record = parse_journal(text);
    REQUIRE_MESSAGE(record.ok(), (record.ok() ? "" : record.error().message));
    REQUIRE(record->has_value());
    return **record;
}

}  // namespace

TEST_CASE("parse_journal: reads what was written") {
    const JournalRecord record = parsed(begun + format_step(checkout) + format_step(link) + commit + end);
    CHECK(record.id == "2026-11-21_02_00-main-e9b167f");
    CHECK(record.connector == "meter");
    CHECK(record.steps == std::vector<JournalStep>{checkout, link});
    CHECK(record.committed);
    CHECK(record.ended);
}

TEST_CASE("format_step: the line is what the header of the format says") {
    CHECK(format_step(checkout) == "step checkout from=1a2b to=e9b1\n");
    CHECK(format_step({"x", {}}) == "step x\n");
    CHECK(format_begin("id", "my meter") == "begin id my%20meter\n");
}

TEST_CASE("format_step: any bytes come back, and the line stays one line of plain text") {
    std::mt19937 random(3);
    for (int round = 0; round < 2'000; ++round) {
        const auto bytes = [&] {
            std::string text(random() % 9, '\0');
            for (char& c : text) c = static_cast<char>(random() % 256);
            return text;
        };
        const JournalStep step{
            "k" + bytes(), {{"a" + bytes(), bytes()}, {"b" + bytes(), bytes()}, {"c", "100% = a b\n\r\t%41\xC3\xA4"}}};
        const std::string line = format_step(step);
        CHECK(line.find('\n') == line.size() - 1);
        for (const char c : line.substr(0, line.size() - 1)) REQUIRE((c >= ' ' && c < 0x7f));
        const std::string connector = "m" + bytes();
        const JournalRecord record = parsed(header + format_begin("i" + bytes(), connector) + line);
        REQUIRE(record.steps.size() == 1);
        CHECK(record.steps[0] == step);
        CHECK(record.connector == connector);
    }
}

TEST_CASE("parse_journal: nothing was begun before the line was whole") {
    for (std::size_t length = 0; length < begun.size(); ++length) {
        const auto record = parse_journal(begun.substr(0, length));
        REQUIRE(record.ok());
        CHECK_FALSE(record->has_value());
    }
}

TEST_CASE("parse_journal: a torn last line was never written, wherever it is torn") {
    const std::string whole = begun + format_step(checkout);
    for (const std::string& next : {format_step(link), commit, end}) {
        for (std::size_t length = 0; length < next.size(); ++length) {
            const JournalRecord record = parsed(whole + next.substr(0, length));
            CHECK(record.steps == std::vector<JournalStep>{checkout});
            CHECK_FALSE(record.committed);
            CHECK_FALSE(record.ended);
        }
    }
    CHECK(parsed(whole + std::string(512, '\0')).steps.size() == 1);
}

TEST_CASE("parse_journal: an unknown version is refused as such") {
    for (const std::string_view text :
         {"gup-journal 2\n", "gup-journal 10\nbegin a b\nwhatever\n", "gup-journal 99999999999999999999\n"}) {
        const auto record = parse_journal(text);
        REQUIRE_FALSE(record.ok());
        CHECK(record.error().code == ErrorCode::unsupported);
        CHECK_FALSE(record.error().hint.empty());
    }
}

TEST_CASE("parse_journal: garbage is corrupt, and the line is named") {
    struct Row {
        std::string text;
        std::string_view line;
    };
    const std::vector<Row> rows{
        {"garbage\n", "line 1"},
        {"\n", "line 1"},
        {"gup-journal \n", "line 1"},
        {"gup-journal 1 \n", "line 1"},
        {std::string(64, '\0') + "\n", "line 1"},
        {header + "step x\n", "line 2"},
        {header + "commit\n", "line 2"},
        {header + "\n", "line 2"},
        {header + "begin \n", "line 2"},
        {header + "begin a\n", "line 2"},
        {header + "begin a b c\n", "line 2"},
        {begun + format_begin("a", "b"), "line 3"},
        {begun + "\n", "line 3"},
        {begun + "stop\n", "line 3"},
        {begun + "step \n", "line 3"},
        {begun + "step x y\n", "line 3"},
        {begun + "step x =y\n", "line 3"},
        {begun + "step x a=b=c\n", "line 3"},
        {begun + "step x a=%\n", "line 3"},
        {begun + "step x a=%4\n", "line 3"},
        {begun + "step x a=%ZZ\n", "line 3"},
        {begun + "step x a=\xC3\xA4\n", "line 3"},
        {begun + "step x a=1 a=2\n", "line 3"},
        {begun + "step x  a=1\n", "line 3"},
        {begun + "commit \n", "line 3"},
        {begun + "commit\r\n", "line 3"},
        {begun + commit + commit, "line 4"},
        {begun + commit + format_step(link), "line 4"},
        {begun + end + commit, "line 4"},
        {begun + format_step(link) + std::string(10, '\0') + "\n" + commit, "line 4"},
    };
    for (const Row& row : rows) {
        const auto record = parse_journal(row.text);
        INFO(row.text);
        REQUIRE_FALSE(record.ok());
        CHECK(record.error().code == ErrorCode::corrupt);
        CHECK_MESSAGE(record.error().message.find(row.line) != std::string::npos, record.error().message);
    }
}

TEST_CASE("parse_journal: no bytes bring it down") {
    std::mt19937 random(11);
    const std::vector<std::string> parts{header, "begin ", "step ", "commit\n",           "end\n", "a", "=", " ",
                                         "%",    "%41",    "\n",    std::string(1, '\0'), "\xFF"};
    for (int round = 0; round < 20'000; ++round) {
        std::string text = random() % 4 == 0 ? "" : begun;
        for (auto n = random() % 10; n > 0; --n) text += parts[random() % parts.size()];
        const auto record = parse_journal(text);
        if (!record.ok())
            CHECK((record.error().code == ErrorCode::corrupt || record.error().code == ErrorCode::unsupported));
    }
}

TEST_CASE("plan_recovery: without commit everything is undone, the last step first") {
    const Recovery recovery = plan_recovery(parsed(begun + format_step(checkout) + format_step(link)));
    CHECK(recovery.action == RecoveryAction::undo);
    CHECK(recovery.steps == std::vector<JournalStep>{link, checkout});
    CHECK(plan_recovery(parsed(begun)).action == RecoveryAction::undo);
}

TEST_CASE("plan_recovery: with commit and without end the cleaning up is finished") {
    const Recovery recovery = plan_recovery(parsed(begun + format_step(checkout) + format_step(link) + commit));
    CHECK(recovery.action == RecoveryAction::clean_up);
    CHECK(recovery.steps == std::vector<JournalStep>{checkout, link});
}

TEST_CASE("plan_recovery: what ended asks for nothing") {
    for (const std::string& text :
         {begun + format_step(checkout) + commit + end, begun + format_step(checkout) + end}) {
        const Recovery recovery = plan_recovery(parsed(text));
        CHECK(recovery.action == RecoveryAction::nothing);
        CHECK(recovery.steps.empty());
    }
}
