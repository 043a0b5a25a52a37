// SPDX-License-Identifier: Apache-2.0
#include "transaction/steps.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <functional>
#include <set>

#include "connector/generation_store.hpp"
#include "fixture.hpp"
#include "git_fixture.hpp"
#include "transaction/old_steps.hpp"
#include "transaction/recovery.hpp"
#include "transaction/transaction.hpp"
#include "util/sys/directory.hpp"
#include "util/sys/symlink.hpp"

using namespace gup;
using namespace gup::test;

namespace {

// A gateway with one connector, and the journal of a transaction on it.
struct Ground {
    Folder folder;
    fs::path root = folder / "root";
    fs::path state = folder / "state";
    UpdateSettings settings;

    Ground() {
        settings.root = root;
        settings.state = state;
        REQUIRE(make_folders(root / "meter").ok());
        REQUIRE(make_folders(state).ok());
        REQUIRE(make_folders(folder / "plain").ok());
        put(folder / "release/main.py", "2\n");
    }

    // A plain folder that mirrors the release.
    [[nodiscard]] FolderExchange plain() const {
        return {folder / "plain/current", folder / "plain/next", folder / "release", {}};
    }

    [[nodiscard]] Owner owner() const { return owner_with(::geteuid()); }
    [[nodiscard]] Transaction begin() const {
        return Transaction::begin_now({state, "meter", owner(), GitUser{owner().home}, {root, root / ".pyenv"}}, "test")
            .value();
    }
    [[nodiscard]] JournalRecord record() const { return **read_unfinished(state, "meter"); }
    [[nodiscard]] std::map<std::string, std::string> files() const {
        auto all = snapshot(root);
        all.merge(snapshot(folder / "plain"));
        all.merge(snapshot(state));
        std::erase_if(all, [](const auto& entry) { return entry.first.starts_with("journal"); });
        return all;
    }
};

struct Case {
    std::string name;
    std::function<void(const Ground&)> prepare;
    std::function<Status(Transaction&, const Ground&)> apply;
};

void undo_all(const Ground& ground, const JournalRecord& record) {
    const UndoContext context{GitUser{ground.owner().home}, ground.owner()};
    const auto undone = undo_steps(record, context, [] {});
    REQUIRE_MESSAGE(undone.ok(), undone.error().message);
}

Status write(const fs::path& path, const std::string& text) {
    put(path, text);
    return {};
}

const std::vector<Case>& cases() {
    static const std::vector<Case> all{
        {"create: a folder and all that is in it", [](const Ground&) {},
         [](Transaction& made, const Ground& ground) -> Status {
             GUP_CHECK(made.create_folder(ground.root / "new"));
             return write(ground.root / "new/deep/er", "1\n");
         }},
        {"create: a file", [](const Ground&) {},
         [](Transaction& made, const Ground& ground) -> Status {
             GUP_CHECK(made.log_file(ground.root / "meter/generation.json"));
             return write_file_atomically(ground.root / "meter/generation.json", "{}\n");
         }},
        {"create: the folder of generations goes with its only one", [](const Ground&) {},
         [](Transaction& made, const Ground& ground) -> Status {
             const fs::path folder = ground.root / ".gup/meter";
             GUP_CHECK(made.log_folder(folder / "2026-11-21_02_00-main-e9b167f"));
             return write(folder / "2026-11-21_02_00-main-e9b167f/main.py", "1\n");
         }},
        {"create_parent: folders around an entry", [](const Ground&) {},
         [](Transaction& made, const Ground& ground) -> Status {
             return made.create_parents(ground.root / "meter/var/lib", ground.root / "meter");
         }},
        {"link: a new one", [](const Ground&) {},
         [](Transaction& made, const Ground& ground) -> Status { return made.link(ground.root / "link", "meter"); }},
        {"link: to another target", [](const Ground& ground) { fs::create_symlink("old", ground.root / "link"); },
         [](Transaction& made, const Ground& ground) -> Status { return made.link(ground.root / "link", "meter"); }},
        {"link: one that is removed", [](const Ground& ground) { fs::create_symlink("old", ground.root / "link"); },
         [](Transaction& made, const Ground& ground) -> Status { return made.link(ground.root / "link", {}); }},
        {"exchange: a folder and a link that is made for it",
         [](const Ground& ground) { put(ground.root / "meter/main.py", "1\n"); },
         [](Transaction& made, const Ground& ground) -> Status {
             GUP_CHECK(made.create_folder(ground.root / "aside"));
             return made.replace_by_link(ground.root / "meter", ground.root / "aside/meter", "aside/meter");
         }},
        {"exchange: a link that is replaced by a file",
         [](const Ground& ground) {
             put(ground.root / "shared", "1\n");
             fs::create_symlink("shared", ground.root / "meter/settings");
         },
         [](Transaction& made, const Ground& ground) -> Status {
             return made.replace_link(ground.root / "meter/settings", ground.root / "shared");
         }},
        {"exchange: a plain folder and its next content",
         [](const Ground& ground) {
             put(ground.folder / "plain/current/main.py", "1\n");
             put(ground.folder / "plain/next/main.py", "2\n");
         },
         [](Transaction& made, const Ground& ground) -> Status { return made.exchange(ground.plain()); }},
        {"exchange: a plain folder that was not there",
         [](const Ground& ground) { put(ground.folder / "plain/next/main.py", "2\n"); },
         [](Transaction& made, const Ground& ground) -> Status { return made.exchange(ground.plain()); }},
        {"rename: a folder", [](const Ground& ground) { put(ground.root / "meter/.git/HEAD", "1\n"); },
         [](Transaction& made, const Ground& ground) -> Status {
             return made.rename(ground.root / "meter/.git", ground.root / "repository");
         }},
        {"rewrite: the temporary file of a record", [](const Ground&) {},
         [](Transaction& made, const Ground& ground) -> Status {
             Generation generation;
             generation.id = "meter";
             GUP_CHECK(made.rewrite_record(ground.root, generation));
             return remove_tree(ground.root /
                                "meter/generation.json");  // it stays, because it does not say which release is active
         }},
        {"restart: nothing on disk", [](const Ground&) {},
         [](Transaction& made, const Ground&) -> Status { return made.log_restart("meter.service", "boot"); }},
        {"host_key: a line in known_hosts",
         [](const Ground& ground) { put(ground.state / "known_hosts", "g ssh-ed25519 BBBB\n"); },
         [](Transaction& made, const Ground& ground) -> Status {
             return made.trust_host_key(ground.state / "known_hosts", "h ssh-ed25519 AAAA");
         }},
    };
    return all;
}

}  // namespace

TEST_CASE("undo_steps: each kind of step restores the old state, and a second undo changes nothing") {
    for (const Case& one : cases()) {
        CAPTURE(one.name);
        const Ground ground;
        one.prepare(ground);
        const auto before = ground.files();
        {
            Transaction transaction = ground.begin();
            const Status done = one.apply(transaction, ground);
            REQUIRE_MESSAGE(done.ok(), done.error().message);
        }
        const JournalRecord record = ground.record();
        CHECK(std::any_of(record.steps.begin(), record.steps.end(),
                          [&](const JournalStep& step) { return one.name.starts_with(step.kind + ":"); }));
        undo_all(ground, record);
        CHECK(ground.files() == before);
        undo_all(ground, record);
        CHECK(ground.files() == before);
    }
}

TEST_CASE("undo_steps: a git step removes the locks that a killed git left, and nothing else") {
    GitSandbox box;
    box.make_remote();
    const auto before = snapshot(box.gateway() / ".git");
    put(box.gateway() / ".git/refs/heads/main.lock", "");
    put(box.gateway() / ".git/index.lock", "");
    const JournalStep step{kind::git, {{"path", box.gateway()}, {"index", "yes"}}};
    const UndoContext crash{box.user(), {}};
    REQUIRE(undo_step(step, {box.user(), {}, UndoReason::failure}).ok());
    CHECK(is_file(box.gateway() / ".git/index.lock"));  // it may be of another git
    for (int times = 0; times < 2; ++times) {
        REQUIRE(undo_step(step, crash).ok());
        CHECK(snapshot(box.gateway() / ".git") == before);
    }
}

TEST_CASE("recover_connector: what is gone is not said to be put in order") {
    const Ground ground;
    {
        Transaction transaction = ground.begin();
        REQUIRE(transaction.log_git(ground.root / "meter").ok());
    }
    fs::remove_all(ground.root / "meter");
    const auto recovered = recover_connector(ground.settings, "meter");
    REQUIRE(recovered.ok());
    REQUIRE(recovered->actions.size() == 1);
    CHECK(recovered->actions[0].starts_with("undid the interrupted transaction "));
}

TEST_CASE("undo_steps: a checkout step moves the work tree back") {
    GitSandbox box;
    box.make_remote();
    const auto before = snapshot(box.gateway());
    const std::string from = box.git(box.gateway(), "rev-parse HEAD");
    box.publish_file("main.py", "print(2)\n");
    GitRepository repository = box.open();
    const auto fetched = box.fetch(repository);
    REQUIRE(repository.move_work_tree("main", from, fetched.commit, [](const WorkTreeMove&) { return Status{}; }).ok());
    const JournalStep step{kind::checkout, {{"path", box.gateway()}, {"from", from}, {"to", fetched.commit}}};
    for (int times = 0; times < 2; ++times) {
        const auto undone = undo_step(step, {box.user(), {}});
        REQUIRE_MESSAGE(undone.ok(), undone.error().message);
        CHECK(snapshot(box.gateway()) == before);
        CHECK(box.git(box.gateway(), "rev-parse HEAD") == from);
    }
}

TEST_CASE("undo_step: a file that a person created in the place of a moved folder is a conflict") {
    const Ground ground;
    put(ground.root / "aside/meter/main.py", "1\n");
    const JournalStep step{
        kind::exchange,
        {{"path", ground.root / "meter"}, {"with", ground.root / "aside/meter"}, {"to", "x"}, {"made", "yes"}}};
    CHECK(code_of(undo_step(step, {{}, ground.owner()})) == ErrorCode::conflict);
    CHECK(is_file(ground.root / "aside/meter/main.py"));
}

TEST_CASE("undo_step: an unknown kind is unsupported, and a step without its values corrupt") {
    CHECK(code_of(undo_step({"teleport", {}}, {})) == ErrorCode::unsupported);
    CHECK(code_of(undo_step({kind::link, {{"path", "/nowhere"}}}, {})) == ErrorCode::corrupt);
}

TEST_CASE("undo_steps: files that appeared in a plain folder are moved over") {
    const Ground ground;
    put(ground.folder / "plain/current/main.py", "1\n");
    put(ground.folder / "plain/next/main.py", "2\n");
    {
        Transaction transaction = ground.begin();
        REQUIRE(transaction.exchange(ground.plain()).ok());
    }
    put(ground.folder / "plain/current/log/today", "late\n");
    undo_all(ground, ground.record());
    CHECK(*read_file(ground.folder / "plain/current/main.py") == "1\n");
    CHECK(*read_file(ground.folder / "plain/current/log/today") == "late\n");
}

TEST_CASE("step_kinds: each kind has its own name and a description") {
    std::set<std::string_view> names;
    for (const StepKind& one : step_kinds()) {
        CHECK(names.insert(one.name).second);
        CHECK_FALSE(one.keys.empty());
        CHECK_FALSE(one.before.empty());
        CHECK_FALSE(one.undone.empty());
        CHECK((one.undo != nullptr));
    }
    CHECK(names.size() == 14);
}

TEST_CASE("current_steps: each old name has a current kind") {
    std::set<std::string_view> names;
    for (const StepKind& one : step_kinds()) names.insert(one.name);
    for (const OldStepKind& one : old_step_kinds()) {
        CAPTURE(one.old);
        CHECK(names.contains(one.now));
        CHECK_FALSE(names.contains(one.old));
        const auto steps = current_steps({std::string(one.old), {{"path", "/a/b"}}});
        REQUIRE(steps.size() == 1);
        CHECK(steps.front().kind == one.now);
    }
    const JournalStep checkout{"checkout", {{"path", "/a"}, {"from", "1"}, {"to", "2"}}};
    CHECK(current_steps(checkout) == std::vector<JournalStep>{checkout});  // its name is unchanged
}

TEST_CASE("current_steps: values of old steps get their current names") {
    CHECK(current_steps({"publish", {{"path", "/r/.x"}, {"to", "/r/m"}}}) ==
          std::vector<JournalStep>{{"rename", {{"path", "/r/.x"}, {"to", "/r/m"}, {"final", "yes"}, {"help", "yes"}}}});
    CHECK(current_steps({"release_local", {{"path", "/p"}, {"beside", "/q"}, {"inode", "7"}}}) ==
          std::vector<JournalStep>{{"exchange", {{"path", "/p"}, {"with", "/q"}, {"inode", "7"}}}});
    CHECK(current_steps(
              {"release_exchange", {{"folder", "/f"}, {"link", "/l"}, {"outer", "/l"}, {"to", "t"}, {"made", "no"}}}) ==
          std::vector<JournalStep>{{"exchange", {{"path", "/l"}, {"with", "/f"}, {"to", "t"}, {"made", "no"}}}});
    CHECK(current_steps({"release_exchange",
                         {{"folder", "/f"}, {"link", "/l"}, {"outer", "/f"}, {"to", "t"}, {"made", "yes"}}}) ==
          std::vector<JournalStep>{{"exchange", {{"path", "/f"}, {"with", "/l"}, {"to", "t"}, {"made", "yes"}}}});
}

TEST_CASE("current_steps: an old step that made two changes becomes two") {
    CHECK(current_steps({"add_environment", {{"path", "/r/.pyenv/m"}, {"parent", "made"}}}) ==
          std::vector<JournalStep>{{"create_parent", {{"path", "/r/.pyenv"}, {"help", "yes"}}},
                                   {"create", {{"path", "/r/.pyenv/m"}, {"help", "yes"}}}});
    const auto steps = current_steps({"exchange_environment", {{"path", "/p"}, {"with", "/g/id/.venv"}, {"to", "t"}}});
    REQUIRE(steps.size() == 2);
    CHECK(steps[0].kind == "create");
    CHECK(steps[0].values.at("path") == "/g/id");
    CHECK(steps[1] ==
          JournalStep{"exchange",
                      {{"path", "/p"}, {"with", "/g/id/.venv"}, {"to", "t"}, {"made", "yes"}, {"help", "yes"}}});
}

TEST_CASE("recover_connector: a journal whose last line is torn is undone up to it") {
    const Ground ground;
    const auto before = ground.files();
    {
        Transaction transaction = ground.begin();
        REQUIRE(transaction.create_folder(ground.root / "new").ok());
    }
    const fs::path journal = ground.state / "journal/meter";
    put(journal, *read_file(journal) + "step create path=/et");
    const auto recovered = recover_connector(ground.settings, "meter");
    REQUIRE(recovered.ok());
    CHECK(ground.files() == before);
    CHECK(recovered->actions.size() == 2);
    CHECK(journals(ground.state).empty());
    CHECK(recover_connector(ground.settings, "meter").ok());
}

TEST_CASE("recover_connector: committed files stay, and files that only a rollback needs are removed") {
    const Ground ground;
    put(ground.folder / "plain/current/main.py", "1\n");
    put(ground.folder / "plain/next/main.py", "2\n");
    {
        auto journal = Journal::begin(ground.state, "id", "meter");
        auto step = describe_exchange(kind::exchange, ground.plain());
        step->values.merge(owner_values(ground.owner()));
        REQUIRE(journal->step(*step).ok());
        REQUIRE(exchange_folders(ground.plain()).ok());
        REQUIRE(journal->commit().ok());
    }
    const auto recovered = recover_connector(ground.settings, "meter");
    REQUIRE_MESSAGE(recovered.ok(), recovered.error().message);
    CHECK(*read_file(ground.folder / "plain/current/main.py") == "2\n");
    CHECK_FALSE(is_there(ground.folder / "plain/next"));
    CHECK(journals(ground.state).empty());
}
