// SPDX-License-Identifier: Apache-2.0
#include "transaction/recovery.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>

#include "connector/connector_owner.hpp"
#include "connector/generation_store.hpp"
#include "connector/layout.hpp"
#include "core/stack/stack_record.hpp"
#include "host/reboot.hpp"
#include "host/units/services.hpp"
#include "host/units/stack_units.hpp"
#include "host/units/unit_folder.hpp"
#include "transaction/journal.hpp"
#include "transaction/old_steps.hpp"
#include "transaction/steps.hpp"
#include "util/log/log.hpp"

namespace gup {
namespace {

// A service that was restarted with the undone update still runs it. The restart is queued without waiting, because the
// service may wait for this recovery during the boot.
void restart_again(const std::string& connector, const Owner& owner, const std::vector<std::string>& units,
                   const Systemd& systemd, std::vector<std::string>& actions) {
    if (units.empty()) return;
    std::vector<UnitClaim> claims;
    claims.reserve(units.size());
    for (const std::string& unit : units) claims.push_back({unit, connector, owner});
    if (const auto status = queue_restart(claims, systemd); !status.ok()) {
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
        : settings_(settings),
          record_(record),
          folder_(settings.root / record.connector),
          has_connector_(is_folder(folder_)) {}

    Result<std::vector<std::string>> run() {
        if (!has_connector_ && has_work_tree_step(record_.steps)) {
            log::warning(
                record_.connector,
                fmt::format("transaction {} was interrupted, but {} no longer exists: its code cannot be restored",
                            record_.id, folder_.string()));
        }
        GUP_TRY(const auto owner, find_owner());
        if (!owner) return std::move(actions_);
        owner_ = *owner;
        if (::geteuid() == 0 && owner_.uid != 0) {
            return Error{ErrorCode::conflict, "the folder changed while the update was being undone",
                         "gup-agent recover"};
        }
        GUP_TRY(const bool is_complete, is_published(record_));
        const bool is_undone = plan_recovery(record_).action == RecoveryAction::undo && !is_complete;
        GUP_CHECK(is_undone ? undo() : finish_steps(record_.steps, context()));
        if (enabled_release(settings_.root, record_.connector).empty()) sweep();
        if (is_undone) {
            const std::string boot_id = read_boot_id().value_or("");
            const RestartedUnits units = restarted_units(record_.steps, boot_id);
            restart_again(record_.connector, owner_, units.of_system, settings_.systemd, actions_);
            Systemd of_user = settings_.systemd;
            of_user.user = owner_;
            restart_again(record_.connector, owner_, units.of_user, of_user, actions_);
            if (is_of_other_boot(record_.steps, boot_id)) start_stacks();
        }
        return std::move(actions_);
    }

    // The one that the steps name. When they name none, as in journals of old agents, find_owner tells. Nullopt when there
    // is nothing to undo: the work tree is gone.
    Result<std::optional<Owner>> find_owner() {
        auto owner = owner_of_steps(record_.steps);
        if (owner.ok()) {
            GUP_CHECK(check_recovery(settings_, record_.connector, *owner));
            return std::optional(*std::move(owner));
        }
        if (owner.error().code != ErrorCode::not_found) return owner.error();
        if (!has_connector_ && has_work_tree_step(record_.steps)) return std::optional<Owner>{};
        GUP_TRY(Owner of_folder, gup::find_owner(settings_, record_.connector));
        return std::optional(std::move(of_folder));
    }

private:
    [[nodiscard]] UndoContext context() const {
        UndoContext context{GitUser{owner_.home}, owner_, UndoReason::crash, has_connector_};
        context.connector = record_.connector;
        context.systemd = settings_.systemd;
        context.podman = settings_.podman;
        return context;
    }

    Status undo() {
        GUP_TRY(Journal journal, Journal::reopen(settings_.state, record_.connector));
        auto undone = undo_steps(record_, context(), [&] { journal.note_undone(); });
        if (!undone.ok()) return undone.error();
        actions_ = *std::move(undone);
        actions_.push_back(fmt::format("undid the interrupted transaction {}", record_.id));
        return {};
    }

    // A boot started the new set, whose units are stopped now. Where the boot did not come so far, it starts the old one.
    void start_stacks() {
        for (const JournalStep& step : record_.steps) {
            if (step.kind != kind::units) continue;
            const UnitFolder folder = unit_folder_of(step, context());
            Systemd systemd = settings_.systemd;
            systemd.user = folder.user;
            const auto text = read_unit_file(folder, stack_record_name);
            const auto target = active_units({stack_target(record_.connector)}, systemd);
            if (!text.ok() || !*text || !target.ok() || target->empty()) continue;
            std::vector<UnitClaim> claims;
            for (const std::string& unit : parse_stack_record(**text).value_or({}).unit_names()) {
                claims.push_back({unit, record_.connector, owner_});
            }
            constexpr Milliseconds limit{180'000};
            for (const auto& error : bring_back(claims, limit, systemd)) {
                if (error) log::error(record_.connector, log::with_hint(error->message, error->hint));
            }
        }
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
    bool has_connector_;
    Owner owner_;
    std::vector<std::string> actions_;
};

}  // namespace

Result<std::optional<Owner>> recovery_owner(const UpdateSettings& settings, const std::string& connector) {
    GUP_TRY(auto record, read_unfinished(settings.state, connector));
    if (!record) return std::optional<Owner>{};
    update_step_names(*record);
    return CrashRecovery(settings, *record).find_owner();
}

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
