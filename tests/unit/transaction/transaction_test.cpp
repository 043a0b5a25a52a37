// SPDX-License-Identifier: Apache-2.0
#include "transaction/transaction.hpp"

#include <doctest/doctest.h>

#include "fixture.hpp"
#include "git_fixture.hpp"
#include "transaction/recovery.hpp"
#include "transaction/steps.hpp"
#include "util/sys/directory.hpp"

using namespace gup;
using namespace gup::test;

namespace {

// A gateway to which a connector is added.
struct AdditionSite {
    Folder folder;
    UpdateSettings settings;
    fs::path target;
    fs::path hidden;
    fs::path virtualenv;

    AdditionSite() {
        settings.root = folder / "root";
        settings.state = folder / "state";
        REQUIRE(make_folders(settings.root).ok());
        target = settings.root / "meter";
        hidden = settings.root / ".gup-add-meter.x";
        virtualenv = settings.root / ".pyenv/meter";
    }

    [[nodiscard]] Transaction begin() const {
        const fs::path& root = settings.root;
        return Transaction::begin_now(
                   {settings.state, "meter", owner_with(::geteuid()), GitUser{}, {root, root / ".pyenv"}}, "add")
            .value();
    }
    [[nodiscard]] Status make_virtualenv_folder(Transaction& addition) const {
        GUP_CHECK(addition.create_parents(virtualenv.parent_path(), settings.root));
        return addition.create_folder(virtualenv);
    }
    [[nodiscard]] std::vector<std::string> in_root() const { return list_folder(settings.root).value(); }
};

void fill(const fs::path& folder) {
    put(folder / "deep/er/file", "1\n");
}

// Steps of which one must not be undone again after an earlier one: what it exchanges is somewhere else by then.
Status leave_releases(Transaction& change, const fs::path& link, const fs::path& release) {
    GUP_CHECK(change.replace_link(link, release));
    GUP_CHECK(change.create_folder(release));
    GUP_CHECK(change.link(release / ".venv", (link / ".venv").string()));
    return change.replace_link(release / ".venv", link / ".venv");
}

struct PowerCut {};

// True when the power was cut once `steps` were undone.
bool undo_until(const AdditionSite& place, const Owner& owner, int steps) {
    const JournalRecord record = read_unfinished(place.settings.state, "meter").value().value();
    Journal journal = Journal::reopen(place.settings.state, "meter").value();
    try {
        const auto undone = undo_steps(record, {GitUser{owner.home}, owner}, [&] {
            journal.note_undone();
            if (--steps == 0) throw PowerCut{};
        });
        REQUIRE(undone.ok());
        return false;
    } catch (const PowerCut&) {
        return true;
    }
}

}  // namespace

TEST_CASE("Transaction: published files exist, and nothing else") {
    const AdditionSite place;
    Transaction addition = place.begin();
    REQUIRE(addition.create_folder(place.hidden).ok());
    fill(place.hidden);
    REQUIRE(place.make_virtualenv_folder(addition).ok());
    REQUIRE(addition.publish(place.hidden, place.target).ok());
    addition.end();
    CHECK(place.in_root() == std::vector<std::string>{".pyenv", "meter"});
    CHECK(is_file(place.target / "deep/er/file"));
    CHECK(journals(place.settings.state).empty());
}

TEST_CASE("Transaction: a failure rolls everything back, and names the cause") {
    const AdditionSite place;
    Transaction addition = place.begin();
    REQUIRE(addition.trust_host_key(place.settings.state / "known_hosts", "h ssh-ed25519 AAAA").ok());
    REQUIRE(addition.create_folder(place.hidden).ok());
    fill(place.hidden);
    REQUIRE(place.make_virtualenv_folder(addition).ok());
    fill(place.virtualenv);
    const Error error = addition.fail({ErrorCode::failed, "no such pin", "another one"});
    CHECK(error.message == "no such pin");
    CHECK(error.hint == "another one");
    CHECK(place.in_root().empty());
    CHECK(!is_file(place.settings.state / "known_hosts"));
    CHECK(journals(place.settings.state).empty());
}

TEST_CASE("Transaction: an incomplete rollback is reported, and the journal stays for recovery") {
    const AdditionSite place;
    Transaction change = place.begin();
    fill(place.target);
    REQUIRE(change.replace_by_link(place.target, place.hidden, ".gup-add-meter.x").ok());
    REQUIRE(remove_tree(place.target).ok());
    fill(place.target);
    const Error error = change.fail({ErrorCode::failed, "no such pin", {}});
    CHECK(error.message.starts_with("no such pin; and it could not be undone completely: "));
    CHECK(error.hint == "gup-agent recover");
    CHECK(journals(place.settings.state) == std::vector<std::string>{"meter"});
}

TEST_CASE("recover_connector: an addition that was interrupted at any step is undone") {
    for (int steps = 0; steps <= 3; ++steps) {
        const AdditionSite place;
        {
            Transaction addition = place.begin();
            if (steps > 0) {
                REQUIRE(addition.trust_host_key(place.settings.state / "known_hosts", "h ssh-ed25519 AAAA").ok());
            }
            if (steps > 1) REQUIRE(addition.create_folder(place.hidden).ok());
            if (steps > 1) fill(place.hidden);
            if (steps > 2) REQUIRE(place.make_virtualenv_folder(addition).ok());
        }
        const auto recovered = recover_connector(place.settings, "meter");
        REQUIRE(recovered.ok());
        CHECK(place.in_root().empty());
        CHECK(!is_file(place.settings.state / "known_hosts"));
        CHECK(journals(place.settings.state).empty());
    }
}

TEST_CASE("recover_connector: an addition after its rename stays") {
    const AdditionSite place;
    JournalStep virtualenv{"add_environment", {{"path", place.virtualenv.string()}, {"uid", "0"}, {"gid", "0"}}};
    const JournalStep publish{"publish", {{"path", place.hidden.string()}, {"to", place.target.string()}}};
    fill(place.target);
    fill(place.virtualenv);
    {
        auto journal = Journal::begin(place.settings.state, "id", "meter");
        REQUIRE(journal->step(virtualenv).ok());
        REQUIRE(journal->step(publish).ok());
    }
    REQUIRE(recover_connector(place.settings, "meter").ok());
    CHECK(is_file(place.target / "deep/er/file"));
    CHECK(is_file(place.virtualenv / "deep/er/file"));
    CHECK(journals(place.settings.state).empty());
}

TEST_CASE("Transaction: a file that a person created meanwhile is neither used nor removed") {
    const AdditionSite place;
    Transaction addition = place.begin();
    REQUIRE(addition.create_folder(place.hidden).ok());
    fill(place.virtualenv);
    const auto taken = place.make_virtualenv_folder(addition);
    REQUIRE(!taken.ok());
    (void)addition.fail(taken.error());
    CHECK(is_file(place.virtualenv / "deep/er/file"));

    Transaction second = place.begin();
    REQUIRE(second.create_folder(place.hidden).ok());
    fill(place.target);
    const auto published = second.publish(place.hidden, place.target);
    REQUIRE(!published.ok());
    (void)second.fail(published.error());
    CHECK(place.in_root() == std::vector<std::string>{".pyenv", "meter"});
}

TEST_CASE("Transaction: a host key that was trusted before stays trusted") {
    const AdditionSite place;
    const fs::path file = place.settings.state / "known_hosts";
    Transaction addition = place.begin();
    REQUIRE(write_file_atomically(file, "h ssh-ed25519 AAAA\n").ok());
    REQUIRE(addition.trust_host_key(file, "h ssh-ed25519 AAAA").ok());
    (void)addition.fail({ErrorCode::failed, "x", {}});
    CHECK(is_file(file));
}

TEST_CASE("recover_connector: goes on where a recovery before it was interrupted") {
    bool is_cut = true;
    for (int steps = 1; is_cut; ++steps) {
        CAPTURE(steps);
        const AdditionSite place;
        const fs::path release = place.settings.root / ".gup/meter/1";
        fill(release);
        fill(release / ".venv");
        fs::create_symlink(".gup/meter/1", place.target);
        const auto before = snapshot(place.settings.root);
        {
            Transaction change = place.begin();
            const Status done = leave_releases(change, place.target, release);
            REQUIRE_MESSAGE(done.ok(), (done.ok() ? "" : done.error().message));
        }
        is_cut = undo_until(place, owner_with(::geteuid()), steps);
        const auto recovered = recover_connector(place.settings, "meter");
        REQUIRE_MESSAGE(recovered.ok(), (recovered.ok() ? "" : recovered.error().message));
        CHECK(snapshot(place.settings.root) == before);
        CHECK(journals(place.settings.state).empty());
    }
}

TEST_CASE("Journal: a torn last line is cut off before more is written") {
    const AdditionSite place;
    { (void)place.begin().create_folder(place.hidden); }
    const fs::path file = place.settings.state / "journal/meter";
    const std::string whole = read(file);
    put(file, whole + "step cre");
    Journal::reopen(place.settings.state, "meter").value().note_undone();
    CHECK(read(file) == whole + "undone\n");
}
