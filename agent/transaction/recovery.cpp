#include "transaction/recovery.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "connector/generation_store.hpp"
#include "connector/layout.hpp"
#include "host/reboot.hpp"
#include "host/services.hpp"
#include "transaction/journal.hpp"
#include "transaction/old_steps.hpp"
#include "transaction/steps.hpp"
#include "util/log/log.hpp"

namespace gup {
namespace {

// A service that was restarted with the undone update still runs it. The restart is queued without waiting, because the
// service may wait for this recovery during the boot.
void restart_again(const std::string& connector, const Owner& owner, const std::vector<std::string>& units,
                   const UpdateSettings& settings, std::vector<std::string>& actions) {
    if (units.empty()) return;
    std::vector<UnitClaim> claims;
    for (const std::string& unit : units) claims.push_back({unit, connector, owner});
    if (const auto status = queue_restart(claims, settings.systemd); !status.ok()) {
        log::error(connector, log::with_hint(fmt::format("the connector may be unstable: the interrupted update was "
                                                         "undone, but {}",
                                                         status.error().message),
                                             status.error().hint));
        return;
    }
    actions.push_back(fmt::format("restarted {}, which was running the interrupted update", fmt::join(units, ", ")));
}

// One journal, as its connector's owner.
class CrashRecovery {
public:
    CrashRecovery(const UpdateSettings& settings, const JournalRecord& record)
        : settings_(settings), record_(record), folder_(settings.root / record.connector) {}

    Result<std::vector<std::string>> run() {
        has_connector_ = is_folder(folder_);
        if (!has_connector_ && has_work_tree_step(record_.steps)) {
            log::warning(
                record_.connector,
                fmt::format("transaction {} was interrupted, but {} no longer exists: its code cannot be restored",
                            record_.id, folder_.string()));
        }
        GUP_TRY(const auto owner, find_owner());
        if (!owner) return std::move(actions_);
        owner_ = *owner;
        GUP_TRY(const bool is_complete, is_published(record_));
        const bool is_undone = plan_recovery(record_).action == RecoveryAction::undo && !is_complete;
        {
            GUP_TRY(const EffectiveUser acting, EffectiveUser::begin(owner_));
            GUP_CHECK(is_undone ? undo() : finish_steps(record_.steps));
            if (enabled_release(settings_.root, record_.connector).empty()) sweep();
        }
        if (is_undone) {
            const std::string boot_id = read_boot_id().value_or("");
            restart_again(record_.connector, owner_, restarted_units(record_.steps, boot_id), settings_, actions_);
        }
        return std::move(actions_);
    }

private:
    // The one that the steps name, unless the operator gave the connector to another one. When they name none, as in
    // journals of old agents, the connector's folder tells, or the root folder. Nullopt when there is nothing to undo:
    // the work tree is gone.
    Result<std::optional<Owner>> find_owner() {
        auto owner = owner_of_steps(record_.steps);
        if (owner.ok()) {
            GUP_TRY(auto next, find_next_owner(*owner));
            return std::optional(next ? *std::move(next) : *std::move(owner));
        }
        if (owner.error().code != ErrorCode::not_found) return owner.error();
        if (!has_connector_ && has_work_tree_step(record_.steps)) return std::optional<Owner>{};
        GUP_TRY(Owner of_folder, owner_of(has_connector_ ? folder_ : settings_.root));
        return std::optional(std::move(of_folder));
    }

    // The owner that the connector's own folder has now, if it is another one. A root folder in which only root or that
    // owner can rename anything is the proof that the operator did it. Never root: the former owner may still be able to
    // write to folders that the steps name.
    [[nodiscard]] Result<std::optional<Owner>> find_next_owner(const Owner& before) const {
        constexpr std::uint32_t writable_by_others = 0022;
        GUP_TRY(const auto folder, file_info(folder_, Follow::no));
        GUP_TRY(const auto root, file_info(settings_.root));
        const bool is_another = folder && folder->kind == FileKind::folder && folder->owner != before.uid;
        if (!is_another || folder->owner == 0 || !root) return std::optional<Owner>{};
        const bool is_proof = root->owner == 0 || root->owner == folder->owner;
        if (!is_proof || (root->mode & writable_by_others) != 0) return std::optional<Owner>{};
        return std::optional(owner_with(folder->owner, folder->group));
    }

    [[nodiscard]] Error with_owner_hint(const Error& error) const {
        const auto folder = file_info(folder_);
        if (!folder.ok() || !*folder || (*folder)->owner == owner_.uid) return error;
        const std::string owner = owner_.name.empty() ? std::to_string(owner_.uid) : owner_.name;
        return error.with_hint(
            fmt::format("{0} belonged to {1} when its update was interrupted: chown -R {1} {0}, then "
                        "gup-agent recover",
                        folder_.string(), owner));
    }

    Status undo() {
        const UndoContext context{GitUser{owner_.home}, owner_, UndoReason::crash, has_connector_};
        GUP_TRY(Journal journal, Journal::reopen(settings_.state, record_.connector));
        auto undone = undo_steps(record_, context, [&] { journal.note_undone(); });
        if (!undone.ok()) return with_owner_hint(undone.error());
        actions_ = *std::move(undone);
        actions_.push_back(fmt::format("undid the interrupted transaction {}", record_.id));
        return {};
    }

    // Removals of old generations are completed. After a commit that had no time for it they are begun, too.
    void sweep() {
        const VirtualenvLocation place = find_virtualenv(settings_.root, record_.connector, owner_.home);
        const fs::path folder = generations_folder(settings_.root, record_.connector, place.path);
        for (const fs::path& path : sweep_generations(folder, place.path)) {
            actions_.push_back(fmt::format("removed the unfinished generation {}", path.string()));
        }
        const auto generations = list_generations(folder, place.path);
        if (!record_.committed || generations.empty()) return;
        // The latest is the one that was committed.
        for (const std::string& id : prune_generations(folder, place.path, generations.front().id, settings_.keep)) {
            actions_.push_back(fmt::format("removed the old generation {}", (folder / id).string()));
        }
    }

    const UpdateSettings& settings_;
    const JournalRecord& record_;
    fs::path folder_;
    bool has_connector_ = false;
    Owner owner_;
    std::vector<std::string> actions_;
};

}  // namespace

Result<Recovered> recover_connector(const UpdateSettings& settings, const std::string& connector) {
    Recovered recovered;
    GUP_TRY(auto record, read_unfinished(settings.state, connector));
    if (record) {
        update_step_names(*record);
        GUP_TRY(recovered.actions, CrashRecovery(settings, *record).run());
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
