// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>

#include "fixture.hpp"
#include "transaction/journal.hpp"

using namespace gup;
using namespace gup::test;
using nlohmann::json;

namespace {

constexpr unsigned ann = 20001;

// The journals of a state folder, for ann's worker with one connector.
struct Kept {
    Folder state;
    JournalKeeper keeper{state.folder.path()};

    Result<json> ask(const char* act, const std::string& line = {}, const char* connector = "meter") {
        return keeper.answer({"meter"}, ann, {{"act", act}, {"connector", connector}, {"line", line}});
    }
    [[nodiscard]] std::string text() const { return read_file(state / "journal/meter").value_or(""); }
};

std::string step_of(const std::string& uid) {
    return format_step({"create", {{"path", "/srv/x"}, {"uid", uid}}});
}

}  // namespace

TEST_CASE("a worker's transaction is written as its own would be") {
    Kept kept;
    REQUIRE(kept.ask("begin", "id-1").ok());
    REQUIRE(kept.ask("append", step_of("20001")).ok());
    const auto unfinished = read_unfinished(kept.state.folder.path(), "meter");
    REQUIRE(unfinished.ok());
    REQUIRE(*unfinished);
    CHECK((*unfinished)->id == "id-1");
    CHECK((*unfinished)->steps.size() == 1);
    REQUIRE(kept.ask("append", std::string(journal_commit)).ok());
    CHECK((*read_unfinished(kept.state.folder.path(), "meter"))->committed);
    REQUIRE(kept.ask("end").ok());
    CHECK(journals(kept.state.folder.path()).empty());
    CHECK(code_of(kept.ask("append", step_of("20001"))) == ErrorCode::conflict);
}

TEST_CASE("undone steps of a transaction that a crash left are noted") {
    Kept kept;
    REQUIRE(kept.ask("begin", "id-1").ok());
    REQUIRE(kept.ask("append", step_of("20001")).ok());
    JournalKeeper next(kept.state.folder.path());
    const auto ask = [&](const char* act, const std::string& line) {
        return next.answer({"meter"}, ann, {{"act", act}, {"connector", "meter"}, {"line", line}});
    };
    CHECK(code_of(ask("begin", "id-2")) == ErrorCode::conflict);
    REQUIRE(ask("reopen", "").ok());
    REQUIRE(ask("append", std::string(journal_undone)).ok());
    CHECK((*read_unfinished(kept.state.folder.path(), "meter"))->undone == 1);
    REQUIRE(ask("close", "").ok());
    CHECK(journals(kept.state.folder.path()).empty());
    CHECK_FALSE(ask("append", step_of("20001")).ok());
}

TEST_CASE("a second transaction of a connector is refused") {
    Kept kept;
    REQUIRE(kept.ask("begin", "id-1").ok());
    CHECK(code_of(kept.ask("begin", "id-2")) == ErrorCode::conflict);
    CHECK(holds(kept.text(), "id-1"));
}

TEST_CASE("the journal of another worker's connector is refused") {
    Kept kept;
    for (const char* act : {"begin", "reopen", "append", "end", "close"}) {
        for (const char* connector : {"pump", "", "../status.json", "meter/../pump", "."}) {
            CAPTURE(act);
            CAPTURE(connector);
            CHECK(code_of(kept.ask(act, "x", connector)) == ErrorCode::permission);
        }
    }
    CHECK(journals(kept.state.folder.path()).empty());
}

TEST_CASE("a step of another owner is refused") {
    Kept kept;
    REQUIRE(kept.ask("begin", "id-1").ok());
    for (const char* uid : {"0", "20002", "", "020001", "20001 ", "-1"}) {
        CAPTURE(uid);
        CHECK(code_of(kept.ask("append", step_of(uid))) == ErrorCode::permission);
    }
    CHECK_FALSE(holds(kept.text(), "step"));
}

TEST_CASE("a line that is no step gets into no journal") {
    Kept kept;
    REQUIRE(kept.ask("begin", "id\nstep create uid=0").ok());
    const std::string before = kept.text();
    for (const std::string& line :
         {std::string(), std::string("x\n"), std::string("step\n"), std::string("step create"),
          std::string("step create uid=20001\nstep create uid=0\n"), std::string("step create uid=20001 uid=0\n"),
          std::string("begin id-2 meter\n"), std::string("commit"), std::string("end\n"), std::string("step a =b\n"),
          std::string("step %67it x=y\n"), std::string("step create\0uid=0\n", 18)}) {
        CAPTURE(line);
        CHECK_FALSE(kept.ask("append", line).ok());
    }
    CHECK_FALSE(kept.ask("unknown", "x").ok());
    CHECK(kept.text() == before);
    CHECK((*read_unfinished(kept.state.folder.path(), "meter"))->steps.empty());
}

TEST_CASE("a worker cannot fill the disk with a journal") {
    Kept kept;
    REQUIRE(kept.ask("begin", "id-1").ok());
    const std::string line = format_step({"create", {{"path", std::string(1U << 20U, 'x')}, {"uid", "20001"}}});
    int written = 0;
    while (written < 10 && kept.ask("append", line).ok()) ++written;
    CHECK(written == 3);
    CHECK(kept.ask("end").ok());
}
