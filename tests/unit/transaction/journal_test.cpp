// SPDX-License-Identifier: Apache-2.0
#include "transaction/journal.hpp"

#include <doctest/doctest.h>
#include <sys/resource.h>

#include <csignal>

#include "transaction/recovery.hpp"
#include "transaction/transaction.hpp"
#include "util/sys/directory.hpp"

using namespace gup;

static const JournalStep odd_step{"checkout", {{"path", "/srv/a b=c%\n"}, {"from", "1a2b"}, {"to", "e9b1"}}};

TEST_CASE("Journal: an unfinished transaction is read back with every step") {
    const auto state = TemporaryFolder::make();
    REQUIRE(state.ok());
    auto journal = Journal::begin(state->path(), "id-1", "meter");
    REQUIRE(journal.ok());
    REQUIRE(journal->step(odd_step).ok());
    const auto unfinished = read_unfinished(state->path(), "meter");
    REQUIRE(unfinished.ok());
    REQUIRE(*unfinished);
    CHECK((*unfinished)->id == "id-1");
    CHECK((*unfinished)->connector == "meter");
    CHECK((*unfinished)->steps == std::vector<JournalStep>{odd_step});
    CHECK(journals(state->path()) == std::vector<std::string>{"meter"});
    CHECK(plan_recovery(**unfinished).action == RecoveryAction::undo);
    REQUIRE(journal->commit().ok());
    CHECK(plan_recovery(**read_unfinished(state->path(), "meter")).action == RecoveryAction::clean_up);
}

TEST_CASE("Journal: an ended transaction leaves nothing") {
    const auto state = TemporaryFolder::make();
    REQUIRE(state.ok());
    auto journal = Journal::begin(state->path(), "id-1", "meter");
    REQUIRE(journal->commit().ok());
    REQUIRE(journal->end().ok());
    CHECK(journals(state->path()).empty());
    CHECK_FALSE(*read_unfinished(state->path(), "meter"));
}

TEST_CASE("Journal::end: needs no space on the disk") {
    const auto state = TemporaryFolder::make();
    REQUIRE(state.ok());
    auto journal = Journal::begin(state->path(), "id-1", "meter");
    REQUIRE(journal.ok());
    const auto size = (*file_info(state->path() / "journal/meter"))->size;
    std::signal(SIGXFSZ, SIG_IGN);
    rlimit before{};
    REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
    rlimit full = before;
    full.rlim_cur = size;
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &full) == 0);
    const bool committed = journal->commit().ok();
    const bool ended = journal->end().ok();
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &before) == 0);
    CHECK_FALSE(committed);
    CHECK(ended);
    CHECK(journals(state->path()).empty());
}

TEST_CASE("Journal::begin: refuses while another transaction of the connector is unfinished") {
    const auto state = TemporaryFolder::make();
    REQUIRE(state.ok());
    const auto first = Journal::begin(state->path(), "id-1", "meter");
    REQUIRE(first.ok());
    const auto second = Journal::begin(state->path(), "id-2", "meter");
    REQUIRE_FALSE(second.ok());
    CHECK(second.error().code == ErrorCode::conflict);
    CHECK(Journal::begin(state->path(), "id-2", "pump").ok());
    REQUIRE(close_journal(state->path(), "meter").ok());
    CHECK(Journal::begin(state->path(), "id-3", "meter").ok());
}

TEST_CASE("recover_connector: a journal of another version stays") {
    const auto state = TemporaryFolder::make();
    REQUIRE(state.ok());
    const fs::path file = state->path() / "journal/meter";
    REQUIRE(make_folders(file.parent_path()).ok());
    REQUIRE(write_file_atomically(file, "gup-journal 2\nbegin id meter\n").ok());
    UpdateSettings settings;
    settings.state = state->path();
    settings.root = state->path();
    const auto recovered = recover_connector(settings, "meter");
    REQUIRE_FALSE(recovered.ok());
    CHECK(recovered.error().code == ErrorCode::unsupported);
    CHECK(is_file(file));
}

TEST_CASE("recover_connector: the journal of a removed connector is closed") {
    const auto state = TemporaryFolder::make();
    REQUIRE(state.ok());
    REQUIRE(Journal::begin(state->path(), "id", "gone")->step(odd_step).ok());
    UpdateSettings settings;
    settings.state = state->path();
    settings.root = state->path() / "root";
    CHECK(recover_connector(settings, "gone").ok());
    CHECK(journals(state->path()).empty());
}

TEST_CASE("transaction_id: time, branch, short commit") {
    const std::string id = transaction_id(1'795'226'413, "main", "e9b167f000000000000000000000000000000000");
    CHECK(id.size() == std::string("2026-11-21_02_00-main-e9b167f").size());
    CHECK(id.starts_with("2026-11-2"));
    CHECK(id.ends_with("-main-e9b167f"));
}
