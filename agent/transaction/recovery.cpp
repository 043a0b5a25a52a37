#include "transaction/recovery.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "connector/generation_store.hpp"
#include "core/plan.hpp"
#include "core/short_id.hpp"
#include "host/reboot_request.hpp"
#include "host/services.hpp"
#include "python/virtualenv.hpp"
#include "transaction/addition.hpp"
#include "transaction/steps.hpp"
#include "transaction/transaction.hpp"
#include "util/log/log.hpp"
#include "util/sys/effective_user.hpp"

namespace gup {
namespace {

// The connector's owner; of a folder that is gone, who the journal says.
Result<Owner> owner_of_transaction(const JournalRecord& record, const fs::path& folder) {
    if (is_folder(folder)) return owner_of(folder);
    auto owner = owner_of_steps(record);
    if (!owner.ok() && owner.error().code == ErrorCode::not_found) return Owner{};
    return owner;
}

Result<std::vector<std::string>> undo_transaction(const JournalRecord& record, const Owner& owner, bool has_code) {
    std::vector<std::string> actions;
    const UndoContext context{GitUser{owner.home}, owner, UndoReason::crash};
    for (const JournalStep& step : plan_recovery(record).steps) {
        if (!has_code && is_of_the_code(step)) continue;
        GUP_TRY(std::string action, undo_step(step, context));
        actions.push_back(std::move(action));
    }
    return actions;
}

// Removals of old generations are finished, and, of a transaction that had come to its commit, made.
void sweep(const UpdateSettings& settings, const std::string& connector, const Owner& owner, RecoveryAction action,
           std::vector<std::string>& actions) {
    const VirtualenvLocation place = find_virtualenv(settings.root, connector, owner.home);
    const fs::path folder = generations_folder(settings.root, connector, place.path);
    for (const fs::path& path : sweep_generations(folder, place.path)) {
        actions.push_back(fmt::format("removed the unfinished generation {}", path.string()));
    }
    const auto generations = list_generations(folder, place.path);
    if (action != RecoveryAction::clean_up || generations.empty()) return;
    // The latest is the one that was committed.
    for (const std::string& id : prune_generations(folder, place.path, generations.front().id, settings.keep)) {
        actions.push_back(fmt::format("removed the old generation {}", (folder / id).string()));
    }
}

Result<std::vector<std::string>> recover_transaction(const JournalRecord& record, const UpdateSettings& settings) {
    std::vector<std::string> actions;
    const RecoveryAction action = plan_recovery(record).action;
    if (action == RecoveryAction::nothing) return actions;
    const fs::path folder = settings.root / record.connector;
    const bool has_code = is_folder(folder);
    if (!has_code) {
        log::warning(record.connector, fmt::format("transaction {} was interrupted, and {} is gone since: forgotten",
                                                   record.id, folder.string()));
    }
    GUP_TRY(const Owner owner, owner_of_transaction(record, folder));
    if (!has_code && owner.home.empty()) return actions;
    GUP_TRY(const EffectiveUser acting, EffectiveUser::begin(owner));
    if (action == RecoveryAction::undo) {
        GUP_TRY(actions, undo_transaction(record, owner, has_code));
        if (has_code) actions.push_back(fmt::format("undid the interrupted transaction {}", record.id));
    }
    sweep(settings, record.connector, owner, action, actions);
    return actions;
}

// What was restarted with the update that has just been undone runs it still. Nothing waits for it: recovery may be a
// part of the boot that the service waits for, where the boot's id is no other (a container's).
void restart_again(const std::string& connector, const std::vector<std::string>& units, const UpdateSettings& settings,
                   std::vector<std::string>& actions) {
    if (units.empty()) return;
    if (const auto status = queue_restart(units, settings.systemd); !status.ok()) {
        log::error(connector, log::with_hint(fmt::format("the connector may be unstable: the interrupted update was "
                                                         "undone, but {}",
                                                         status.error().message),
                                             status.error().hint));
        return;
    }
    actions.push_back(fmt::format("restarted {}, which ran the interrupted update", fmt::join(units, ", ")));
}

}  // namespace

std::string transaction_id(UnixTime time, const std::string& branch, const std::string& commit) {
    return fmt::format("{}-{}-{}", id_time(format_time(time)), branch, short_id(commit));
}

Result<Journal> begin_repository_change(const Observation& observation, const fs::path& state) {
    const ObservedCode& code = observation.code;
    const AsAgent own_files;
    const std::string id = transaction_id(system_clock().now(), code.branch, observation.latest_commit);
    GUP_TRY(Journal journal, Journal::begin(state, id, observation.connector.name));
    GUP_CHECK(journal.step(repository_step(repository_folder(observation))));
    return journal;
}

Result<Recovered> recover_connector(const UpdateSettings& settings, const std::string& connector) {
    Recovered recovered;
    GUP_TRY(auto record, read_unfinished(settings.state, connector));
    std::vector<std::string> running;
    if (record) running = take_restarts(*record, read_boot_id().value_or(""));
    if (record && is_addition(*record)) {
        GUP_TRY(recovered.actions, undo_addition(*record));
        recovered.actions.push_back(fmt::format("ended the interrupted transaction {}", record->id));
    } else if (record && is_release_change(*record)) {
        GUP_TRY(recovered.actions, undo_release_change(*record));
    } else if (record) {
        GUP_TRY(recovered.actions, recover_transaction(*record, settings));
    }
    if (record && plan_recovery(*record).action == RecoveryAction::undo) {
        restart_again(connector, running, settings, recovered.actions);
    }
    GUP_CHECK(close_journal(settings.state, connector));
    return recovered;
}

Status recover_if_needed(const UpdateSettings& settings, const std::string& connector) {
    const auto unfinished = journals(settings.state);
    if (std::find(unfinished.begin(), unfinished.end(), connector) == unfinished.end()) return {};
    GUP_TRY(const auto recovered, recover_connector(settings, connector));
    for (const std::string& action : recovered.actions) log::warning(connector, action);
    return {};
}

}  // namespace gup
