// The steps of a connector's transaction as the journal has them, and taking each back. Undoing is idempotent: it goes
// by what is there.
//
//   repository path                    a fetch, or the move of a branch, is about to begin
//   checkout path from to              a work tree is about to move
//   stage_generation path uid gid      the folder of a new generation, <root>/.gup/<name>/<id>
//   make_place path                    the folder around the virtualenv's place (.pyenv)
//   exchange_virtualenv path with to  the virtualenv at `path` and the link `with` (which leads to `to`) change places
//   switch_virtualenv path from to    the link `path` leads to `from` ("": there is none) and is to lead to `to`
//   restart_service boot unit          the service is restarted, with the new pair: after a crash in the same boot,
//                                      recovery restarts it once more, when all else is undone
//   create_virtualenv path            of agents before generations: a virtualenv
#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/journal_format.hpp"
#include "host/owner.hpp"
#include "source/git/repository.hpp"
#include "util/result.hpp"
#include "util/sys/file.hpp"

namespace gup {

[[nodiscard]] JournalStep repository_step(const fs::path& path);
[[nodiscard]] JournalStep checkout_step(const WorkTreeMove& move);
[[nodiscard]] JournalStep stage_step(const fs::path& path, const Owner& owner);
[[nodiscard]] JournalStep make_place_step(const fs::path& path);
[[nodiscard]] JournalStep exchange_step(const fs::path& place, const fs::path& with, const fs::path& to);
[[nodiscard]] JournalStep switch_step(const fs::path& place, const std::string& from, const fs::path& to);
[[nodiscard]] JournalStep restart_step(const std::string& unit, const std::string& boot_id);

// Takes the restarts out of the record. Returns the units that run what is being undone: after a reboot none does.
[[nodiscard]] std::vector<std::string> take_restarts(JournalRecord& record, const std::string& boot_id);

// Whether a step is of a work tree, which nobody can go back in that is gone.
[[nodiscard]] bool is_of_the_code(const JournalStep& step);
// How a step says whose it is (uid, gid), and who that is. Fails with corrupt when the step does not.
[[nodiscard]] std::map<std::string, std::string> owner_values(const Owner& owner);
[[nodiscard]] Result<Owner> owner_in(const JournalStep& step);
// Whose transaction it is, if a step says so.
[[nodiscard]] Result<Owner> owner_of_steps(const JournalRecord& record);

// After a crash what lies about of git is this program's and goes; after a failure it may be somebody else's.
enum class UndoReason : std::uint8_t { crash, failure };

struct UndoContext {
    GitUser user;
    Owner owner;
    UndoReason reason = UndoReason::crash;
};

// Returns what was done, for people. As the connector's owner. Fails when it cannot be done, or would cost somebody's
// work: then nothing that was begun before it may be undone either.
[[nodiscard]] Result<std::string> undo_step(const JournalStep& step, const UndoContext& context);

}  // namespace gup
