#include "update/transaction.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "update/addition.hpp"
#include "util/log.hpp"
#include "util/thread_identity.hpp"
#include "util/units.hpp"

namespace gup {
namespace {

constexpr const char* repository_kind = "repository";
constexpr const char* checkout_kind = "checkout";
constexpr const char* environment_kind = "create_environment";

JournalStep to_step(const WorkTreeMove& move) {
    return {checkout_kind, {{"path", move.path}, {"from", move.from}, {"to", move.to}}};
}

Result<WorkTreeMove> to_move(const JournalStep& step) {
    WorkTreeMove move;
    GUP_TRY(move.path, value_of(step, "path"));
    GUP_TRY(move.from, value_of(step, "from"));
    GUP_TRY(move.to, value_of(step, "to"));
    return move;
}

bool is_fresh_clone(const WorkTreeMove& move) {
    return std::all_of(move.from.begin(), move.from.end(), [](char digit) { return digit == '0'; });
}

// A fresh clone of a submodule has nothing to go back to; what is there of it is finished by the next update.
Status undo(const WorkTreeMove& move, const GitUser& user) {
    if (is_fresh_clone(move)) return {};
    GUP_TRY(GitRepository repository, GitRepository::open(move.path, user));
    return repository.settle_work_tree(move, move.from);
}

Status clean_repository(const std::string& path, const GitUser& user) {
    auto repository = GitRepository::open(path, user);
    if (repository.ok()) repository->remove_leftovers();
    if (!repository.ok() && repository.error().code != ErrorCode::not_found) return std::move(repository).error();
    return {};
}

// What was done, for people.
Result<std::string> undo_step(const JournalStep& step, const GitUser& user) {
    if (step.kind == environment_kind) {
        GUP_TRY(const std::string path, value_of(step, "path"));
        GUP_CHECK(remove_tree(path));
        return fmt::format("removed the unfinished virtualenv {}", path);
    }
    if (step.kind == repository_kind) {
        GUP_TRY(const std::string path, value_of(step, "path"));
        GUP_CHECK(clean_repository(path, user));
        return fmt::format("removed what an interrupted git left in {}", path);
    }
    if (step.kind == checkout_kind) {
        GUP_TRY(const WorkTreeMove move, to_move(step));
        GUP_CHECK(clean_repository(move.path, user));
        GUP_CHECK(undo(move, user));
        return fmt::format("put {} back to {}", move.path, short_id(move.from));
    }
    return Error{ErrorCode::unsupported, "the journal has a step of an unknown kind: " + step.kind,
                 "a newer gup-agent wrote it: recover with that one"};
}

// Journals every move before it starts, so that both a failure and a crash can be undone.
class Moves {
public:
    Moves(const UpdateSettings& settings, const Observation& observation)
        : settings_(settings), observation_(observation) {}

    [[nodiscard]] Status begin() {
        GUP_TRY(journal_, begin_repository_change(observation_, settings_.state));
        return {};
    }

    [[nodiscard]] BeforeMove callback() {
        return [this](const WorkTreeMove& move) { return note(move); };
    }

    // Until it has succeeded a crash, and so a failure, takes everything back.
    [[nodiscard]] Status commit() { return journal_ ? journal_->commit() : Status{}; }

    // The move counts by now; what is left of the journal is cleaned up by the next start.
    void close() {
        if (!journal_) return;
        if (auto status = journal_->end(); !status.ok()) log::warning({}, status.error().message);
    }

    // The original failure, with what could not be put back said as well.
    [[nodiscard]] Error undo_all(Error cause) {
        std::reverse(moves_.begin(), moves_.end());
        for (const WorkTreeMove& move : moves_) {
            if (auto status = undo(move, GitUser{observation_.owner.home}); !status.ok()) {
                cause.message += fmt::format("; and {} could not be put back: {}", move.path, status.error().message);
                return cause;
            }
        }
        if (journal_) {
            if (auto status = journal_->end(); !status.ok()) cause.message += "; " + status.error().message;
        }
        return cause;
    }

private:
    Status note(const WorkTreeMove& move) {
        GUP_CHECK(journal_->step(to_step(move)));
        moves_.push_back(move);
        return {};
    }

    const UpdateSettings& settings_;
    const Observation& observation_;
    std::optional<Journal> journal_;
    std::vector<WorkTreeMove> moves_;
};

Status move_all(const Observation& observation, const std::optional<FastForward>& step, Moves& moves,
                const RunEvents& events) {
    GUP_TRY(GitRepository repository, open_repository(observation));
    const std::string& name = observation.connector.name;
    if (step) {
        events.tell(name, "checking out " + short_id(step->to));
        GUP_CHECK(repository.move_work_tree(step->branch, step->from, step->to, moves.callback()));
    }
    return repository.update_submodules(moves.callback(), [&](const TransferProgress& progress) {
        events.tell(name, fmt::format("fetching submodules {}", format_size(progress.bytes)));
    });
}

}  // namespace

std::string transaction_id(UnixTime time, const std::string& branch, const std::string& commit) {
    std::string stamp = format_time(time).substr(0, 16);  // 2026-11-21T02:00
    std::replace(stamp.begin(), stamp.end(), 'T', '_');
    std::replace(stamp.begin(), stamp.end(), ':', '_');
    return fmt::format("{}-{}-{}", stamp, branch, short_id(commit));
}

Result<Journal> begin_repository_change(const Observation& observation, const fs::path& state) {
    const ObservedCode& code = observation.code;
    const AsProcess own_files;
    const std::string id = transaction_id(system_clock().now(), code.branch, observation.remote_commit);
    GUP_TRY(Journal journal, Journal::begin(state, id, observation.connector.name));
    GUP_CHECK(journal.step({repository_kind, {{"path", observation.connector.path.string()}}}));
    return journal;
}

Status move_code(const Observation& observation, const std::optional<FastForward>& step, const UpdateSettings& settings,
                 const RunEvents& events) {
    Moves moves(settings, observation);
    GUP_CHECK(moves.begin());
    auto status = move_all(observation, step, moves, events);
    if (status.ok()) status = moves.commit();
    if (!status.ok()) return moves.undo_all(std::move(status).error());
    moves.close();
    return {};
}

Status make_environment(const Observation& observation, const std::string& path, const UpdateSettings& settings) {
    InstallerSettings installer = settings.installer;
    installer.home = observation.owner.home;
    // An empty folder is as good as none. Anything else is refused before the journal says that it may be removed.
    ::rmdir(path.c_str());
    GUP_TRY(const auto there, file_info(path, Follow::no));
    if (there) return create_environment(path, settings.interpreter, installer);

    std::optional<Journal> journal;
    {
        const AsProcess own_files;
        const std::string id = transaction_id(system_clock().now(), observation.code.branch, observation.code.commit);
        GUP_TRY(journal, Journal::begin(settings.state, id, observation.connector.name));
    }
    GUP_CHECK(journal->step({environment_kind, {{"path", path}}}));
    Status made = create_environment(path, settings.interpreter, installer);
    if (made.ok()) made = sync_file_system(path);
    if (made.ok()) GUP_CHECK(journal->commit());
    GUP_CHECK(journal->end());
    return made;
}

Result<Recovered> recover_connector(const UpdateSettings& settings, const std::string& connector) {
    Recovered recovered;
    GUP_TRY(const auto record, read_unfinished(settings.state, connector));
    if (!record) {
        GUP_CHECK(close_journal(settings.state, connector));
        return recovered;
    }
    if (is_addition(*record)) {
        GUP_TRY(recovered.actions, undo_addition(*record));
        recovered.actions.push_back(fmt::format("ended the interrupted transaction {}", record->id));
        GUP_CHECK(close_journal(settings.state, connector));
        return recovered;
    }
    const Recovery recovery = plan_recovery(*record);
    const fs::path folder = settings.root / connector;
    if (recovery.action == RecoveryAction::undo) {
        if (!is_folder(folder)) {
            log::warning(connector, fmt::format("transaction {} was interrupted, and {} is gone since: forgotten",
                                                record->id, folder.string()));
            GUP_CHECK(close_journal(settings.state, connector));
            return recovered;
        }
        GUP_TRY(const Owner owner, owner_of(folder));
        GUP_TRY(const ActingAs acting, ActingAs::begin(owner));
        for (const JournalStep& step : recovery.steps) {
            GUP_TRY(std::string action, undo_step(step, GitUser{owner.home}));
            recovered.actions.push_back(std::move(action));
        }
        recovered.actions.push_back(fmt::format("undid the interrupted transaction {}", record->id));
    }
    const AsProcess own_files;
    GUP_CHECK(close_journal(settings.state, connector));
    return recovered;
}

}  // namespace gup
