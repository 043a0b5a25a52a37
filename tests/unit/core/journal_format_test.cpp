// SPDX-License-Identifier: Apache-2.0
#include "core/journal_format.hpp"

#include <doctest/doctest.h>

#include <random>
#include <string>
#include <vector>

using namespace gup;

namespace {

const std::string header_line(journal_header);
const std::string commit_line(journal_commit);
const std::string end_line(journal_end);
const JournalStep checkout_step{"checkout", {{"from", "1a2b"}, {"to", "e9b1"}}};
const JournalStep link_step{"link", {{"path", "/srv/x"}}};
const std::string begun = header_line + format_begin("2026-11-21_02_00-main-e9b167f", "meter");

JournalRecord parsed_record(const std::string& text) {
    const auto record = parse_journal(text);
    REQUIRE_MESSAGE(record.ok(), (record.ok() ? "" : record.error().message));
    REQUIRE(record->has_value());
    return **record;
}

}  // namespace

TEST_CASE("parse_journal: reads a written journal") {
    const JournalRecord record =
        parsed_record(begun + format_step(checkout_step) + format_step(link_step) + commit_line + end_line);
    CHECK(record.id == "2026-11-21_02_00-main-e9b167f");
    CHECK(record.connector == "meter");
    CHECK(record.steps == std::vector<JournalStep>{checkout_step, link_step});
    CHECK(record.committed);
    CHECK(record.ended);
}

TEST_CASE("value_of: a step without a required value is damage") {
    CHECK(value_of(checkout_step, "to").value() == "e9b1");
    const auto missing = value_of(link_step, "to");
    REQUIRE_FALSE(missing.ok());
    CHECK(missing.error().code == ErrorCode::corrupt);
    CHECK(missing.error().message == "the journal has a step link without to");
}

TEST_CASE("format_step: the line has the form of the format's header") {
    CHECK(format_step(checkout_step) == "step checkout from=1a2b to=e9b1\n");
    CHECK(format_step({"x", {}}) == "step x\n");
    CHECK(format_begin("id", "my meter") == "begin id my%20meter\n");
}

TEST_CASE("format_step: any bytes are read back, and the line stays one line of plain text") {
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
        const JournalRecord record = parsed_record(header_line + format_begin("i" + bytes(), connector) + line);
        REQUIRE(record.steps.size() == 1);
        CHECK(record.steps[0] == step);
        CHECK(record.connector == connector);
    }
}

TEST_CASE("parse_journal: a transaction with an incomplete first line was not begun") {
    for (std::size_t length = 0; length < begun.size(); ++length) {
        const auto record = parse_journal(begun.substr(0, length));
        REQUIRE(record.ok());
        CHECK_FALSE(record->has_value());
    }
}

TEST_CASE("parse_journal: a torn last line is ignored, torn at any place") {
    const std::string whole = begun + format_step(checkout_step);
    for (const std::string& next : {format_step(link_step), commit_line, end_line}) {
        for (std::size_t length = 0; length < next.size(); ++length) {
            const JournalRecord record = parsed_record(whole + next.substr(0, length));
            CHECK(record.steps == std::vector<JournalStep>{checkout_step});
            CHECK_FALSE(record.committed);
            CHECK_FALSE(record.ended);
        }
    }
    CHECK(parsed_record(whole + std::string(512, '\0')).steps.size() == 1);
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
        {header_line + "step x\n", "line 2"},
        {header_line + "commit\n", "line 2"},
        {header_line + "\n", "line 2"},
        {header_line + "begin \n", "line 2"},
        {header_line + "begin a\n", "line 2"},
        {header_line + "begin a b c\n", "line 2"},
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
        {begun + commit_line + commit_line, "line 4"},
        {begun + commit_line + format_step(link_step), "line 4"},
        {begun + end_line + commit_line, "line 4"},
        {begun + format_step(link_step) + std::string(10, '\0') + "\n" + commit_line, "line 4"},
    };
    for (const Row& row : rows) {
        const auto record = parse_journal(row.text);
        INFO(row.text);
        REQUIRE_FALSE(record.ok());
        CHECK(record.error().code == ErrorCode::corrupt);
        CHECK_MESSAGE(record.error().message.find(row.line) != std::string::npos, record.error().message);
    }
}

TEST_CASE("parse_journal: no bytes make it crash") {
    std::mt19937 random(11);
    const std::vector<std::string> parts{header_line, "begin ", "step ", "commit\n",           "end\n", "a", "=", " ",
                                         "%",         "%41",    "\n",    std::string(1, '\0'), "\xFF"};
    for (int round = 0; round < 20'000; ++round) {
        std::string text = random() % 4 == 0 ? "" : begun;
        for (auto n = random() % 10; n > 0; --n) text += parts[random() % parts.size()];
        const auto record = parse_journal(text);
        if (!record.ok())
            CHECK((record.error().code == ErrorCode::corrupt || record.error().code == ErrorCode::unsupported));
    }
}

TEST_CASE("plan_recovery: without commit everything is undone, the last step first") {
    const Recovery recovery = plan_recovery(parsed_record(begun + format_step(checkout_step) + format_step(link_step)));
    CHECK(recovery.action == RecoveryAction::undo);
    CHECK(recovery.steps == std::vector<JournalStep>{link_step, checkout_step});
    CHECK(plan_recovery(parsed_record(begun)).action == RecoveryAction::undo);
}

TEST_CASE("plan_recovery: an undone step is not undone again") {
    const std::string steps = begun + format_step(checkout_step) + format_step(link_step);
    CHECK(plan_recovery(parsed_record(steps + "undone\n")).steps == std::vector<JournalStep>{checkout_step});
    CHECK(plan_recovery(parsed_record(steps + "undone\nundone\nundone\n")).steps.empty());
    CHECK(parsed_record(steps + "undone\n").steps.size() == 2);
    for (const std::string& wrong :
         {"undone\n" + format_step(link_step), std::string("undone\ncommit\n"), std::string("commit\nundone\n")}) {
        CAPTURE(wrong);
        CHECK(parse_journal(steps + wrong).error().code == ErrorCode::corrupt);
    }
}

TEST_CASE("plan_recovery: with commit and without end the clean-up is finished") {
    const Recovery recovery =
        plan_recovery(parsed_record(begun + format_step(checkout_step) + format_step(link_step) + commit_line));
    CHECK(recovery.action == RecoveryAction::clean_up);
    CHECK(recovery.steps == std::vector<JournalStep>{checkout_step, link_step});
}

TEST_CASE("plan_recovery: an ended transaction needs nothing") {
    for (const std::string& text :
         {begun + format_step(checkout_step) + commit_line + end_line, begun + format_step(checkout_step) + end_line}) {
        const Recovery recovery = plan_recovery(parsed_record(text));
        CHECK(recovery.action == RecoveryAction::nothing);
        CHECK(recovery.steps.empty());
    }
}
