#include "update/pair_transaction.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "python/environment_copy.hpp"
#include "python/installer_command.hpp"
#include "update/environment_stage.hpp"
#include "update/generation_store.hpp"
#include "update/owner_folder.hpp"
#include "update/transaction.hpp"
#include "update/transaction_steps.hpp"
#include "util/log.hpp"
#include "util/signals.hpp"
#include "util/units.hpp"

namespace gup {
namespace {

class PairTransaction {
public:
    PairTransaction(const PairRequest& request, const UpdateSettings& settings, const RunEvents& events,
                    const PairHooks& hooks)
        : request_(request),
          observation_(request.observation),
          settings_(settings),
          events_(events),
          hooks_(hooks),
          place_(observation_.place.path),
          folder_(generations_folder(settings.root, observation_.connector.name, place_)) {
        result_.environment = request.environment;
        pair_.from_commit = observation_.code.commit;
        pair_.commit = request.move ? request.move->to : observation_.code.commit;
        environment_before_ = observation_.place.present ? environment_at(place_) : std::string();
        pair_.environment = environment_before_;
    }

    PairResult run() {
        Status status = prepare();
        if (status.ok() && !has_change()) return drop();
        if (status.ok() && hooks_.before_switch) {
            status = hooks_.before_switch(pair_);
            if (!status.ok()) return undo(std::move(status).error(), PairEnd::blocked);
        }
        if (status.ok()) status = switch_code();
        if (status.ok()) status = switch_environment();
        if (!status.ok()) return undo(std::move(status).error(), PairEnd::failed);
        if (hooks_.after_switch) {
            status = hooks_.after_switch(pair_);
            if (!status.ok()) {
                PairResult result = undo(std::move(status).error(), PairEnd::rolled_back);
                if (hooks_.switched_back) hooks_.switched_back(pair_);
                return result;
            }
        }
        status = record();
        if (status.ok() && journal_) status = journal_->commit();
        if (!status.ok()) return undo(std::move(status).error(), PairEnd::failed);
        finish();
        return std::move(result_);
    }

private:
    [[nodiscard]] bool has_code() const { return request_.code != CodeChange::none; }
    [[nodiscard]] bool has_change() const { return has_code() || staged_ || back_to_another_environment(); }
    [[nodiscard]] bool back_to_another_environment() const {
        const auto& back = request_.back_to;
        return back && !back->environment.empty() && back->environment != environment_before_;
    }
    [[nodiscard]] fs::path staged_environment() const { return environment_in(folder_, pair_.generation); }

    // ---- stage

    Status prepare() {
        sweep_generations(folder_, place_);
        known_ = list_generations(folder_, place_);
        current_ = find_current(known_, pair_.from_commit, environment_before_);
        PreparedInstall prepared;
        const bool wanted = prepare_pins(prepared);
        if (!has_code() && !wanted && !request_.back_to) return {};
        if (wanted) {
            const fs::path live = request_.create ? fs::path() : fs::path(real_environment());
            GUP_CHECK(require_room(folder_, live, prepared, request_.environment, settings_));
        }
        GUP_CHECK(begin());
        if (request_.back_to) return stage_back();
        GUP_CHECK(make_generation());
        if (wanted) stage_pins(std::move(prepared));
        if (stop_requested()) return Error{ErrorCode::cancelled, "stopped before anything was switched", {}};
        return {};
    }

    // Whether a virtualenv is to be staged. What an installer cannot even be started for leaves the live one alone.
    bool prepare_pins(PreparedInstall& prepared) {
        if (!request_.install) return request_.create.has_value();
        prepared = prepare_install(*request_.install, observation_, events_);
        if (request_.create) return true;
        InstallerSettings installer = settings_.installer;
        installer.home = observation_.owner.home;
        if (!prepared.requests.empty() && choose_installer(request_.environment, installer).ok()) return true;
        const InstallPlace live{request_.gupfile, observation_, request_.environment};
        result_.failures = install(*request_.install, std::move(prepared), live, settings_, events_).failures;
        return false;
    }

    // Where links at the place lead; the place itself while it is a folder.
    [[nodiscard]] std::string real_environment() const {
        std::error_code error;
        const fs::path real = fs::canonical(place_, error);
        return error ? place_.string() : real.string();
    }

    Status begin() {
        const std::string& branch = request_.back_to ? request_.back_to->branch : observation_.code.branch;
        const std::string id = transaction_id(system_clock().now(), branch, pair_.commit);
        {
            const AsProcess own_files;
            GUP_TRY(journal_, Journal::begin(settings_.state, id, observation_.connector.name));
        }
        pair_.generation = free_generation_id(folder_, folder_name_of(id));
        if (has_code()) GUP_CHECK(note(repository_step(observation_.connector.path)));
        return {};
    }

    Status note(JournalStep step) {
        GUP_CHECK(journal_->step(step));
        steps_.push_back(std::move(step));
        return {};
    }

    // Where none can be made (a root folder that its user may not write to), code moves all the same, without a record.
    Status make_generation() {
        GUP_CHECK(note(stage_step(folder_ / pair_.generation, observation_.owner)));
        Status made = make_generations_folder(folder_, settings_.root, observation_.owner);
        if (made.ok() && ::mkdir((folder_ / pair_.generation).c_str(), 0777) != 0) {
            made = errno_error(errno, "cannot make " + (folder_ / pair_.generation).string());
        }
        pair_.folder = folder_ / pair_.generation;
        has_folder_ = made.ok();
        if (made.ok() || request_.install || request_.create || made.error().code != ErrorCode::permission) return made;
        log::warning(observation_.connector.name,
                     fmt::format("no rollback to what is here now: {}", made.error().message));
        return {};
    }

    // What goes wrong here leaves the virtualenv as it is; the code may move.
    void stage_pins(PreparedInstall prepared) {
        const StagePlace where{request_.create ? fs::path() : fs::path(real_environment()), staged_environment()};
        auto staged = stage_environment(where, observation_, settings_, events_);
        if (!staged.ok()) return discard(staged.error());
        std::vector<std::string> actions;
        if (request_.create) actions.push_back(display(Step{*request_.create}));
        Installed installed;
        installed.environment = *std::move(staged);
        if (request_.install) {
            const ObservedEnvironment before = installed.environment;
            installed = install_staged(*request_.install, std::move(prepared), {request_.gupfile, observation_, before},
                                       settings_, events_);
            result_.failures = std::move(installed.failures);
            actions.insert(actions.end(), installed.actions.begin(), installed.actions.end());
        }
        if (actions.empty()) return discard(std::nullopt);
        if (auto flushed = sync_file_system(pair_.folder); !flushed.ok()) return discard(flushed.error());
        staged_ = true;
        pair_.environment = staged_environment().string();
        result_.actions = std::move(actions);
        result_.environment = std::move(installed.environment);
    }

    void discard(std::optional<Error> error) {
        result_.stage_error = std::move(error);
        if (auto removed = remove_tree(staged_environment()); !removed.ok()) {
            log::warning(observation_.connector.name, removed.error().message);
        }
    }

    Status stage_back() {
        pair_.generation = request_.back_to->id;
        pair_.folder = folder_ / pair_.generation;
        if (!back_to_another_environment()) return {};
        pair_.environment = request_.back_to->environment;
        if (!is_file(fs::path(pair_.environment) / "pyvenv.cfg")) {
            return Error{ErrorCode::not_found, fmt::format("its virtualenv is gone: {}", pair_.environment), {}};
        }
        return keep_own_view(pair_.environment);
    }

    // ---- switch

    Status switch_code() {
        if (!has_code()) return {};
        const std::string& name = observation_.connector.name;
        const auto before = [this](const WorkTreeMove& move) { return note(checkout_step(move)); };
        GUP_TRY(GitRepository repository, open_repository(observation_));
        if (request_.move) {
            const FastForward& move = *request_.move;
            events_.tell(name, "checking out " + short_id(move.to));
            GUP_CHECK(repository.move_work_tree(move.branch, move.from, move.to, before));
        }
        return repository.update_submodules(before, [&](const TransferProgress& progress) {
            events_.tell(name, fmt::format("fetching submodules {}", format_size(progress.bytes)));
        });
    }

    Status switch_environment() {
        if (!staged_ && !back_to_another_environment()) return {};
        GUP_TRY(const auto there, file_info(place_, Follow::no));
        if (is_below(place_, observation_.connector.path)) {
            GUP_CHECK(exclude_from_git(observation_.connector.path, "/" + place_.filename().string()));
        }
        if (there && there->kind == FileKind::folder) return exchange();
        std::string from;
        if (there) {
            std::error_code error;
            if (there->kind == FileKind::link) from = fs::read_symlink(place_, error).string();
            if (from.empty() || error) {
                return Error{ErrorCode::conflict, place_.string() + " is neither a folder nor a link", {}};
            }
        }
        GUP_TRY(const auto around, file_info(place_.parent_path()));
        if (!around) {
            GUP_CHECK(note(make_place_step(place_.parent_path())));
            GUP_CHECK(make_owner_folder(place_.parent_path(), observation_.owner));
        }
        GUP_CHECK(note(switch_step(place_, from, pair_.environment)));
        return switch_link(place_, pair_.environment, observation_.owner);
    }

    // The first time. The virtualenv that was there goes into a generation of its own, still with its old path in its
    // scripts: that one leads to it whenever it is the one that runs.
    Status exchange() {
        before_id_ = free_generation_id(folder_, before_name());
        const fs::path with = environment_in(folder_, before_id_);
        GUP_CHECK(note(exchange_step(place_, with, pair_.environment)));
        if (::mkdir(with.parent_path().c_str(), 0777) != 0) {
            return errno_error(errno, "cannot make " + with.parent_path().string());
        }
        if (::symlink(pair_.environment.c_str(), with.c_str()) != 0) {
            return errno_error(errno, "cannot make " + with.string());
        }
        Status exchanged = exchange_entries(place_, with, observation_.owner);
        if (!exchanged.ok()) {
            return exchanged.error().with_hint(
                "the folder that holds the virtualenv must be its owner's, and the virtualenv no mount point");
        }
        environment_before_ = with.string();
        return {};
    }

    // ---- record

    [[nodiscard]] std::string before_name() const {
        const std::string id = transaction_id(system_clock().now(), observation_.code.branch, pair_.from_commit);
        return folder_name_of(id) + std::string(before_suffix);
    }

    [[nodiscard]] Generation generation_of(const std::string& id, const Gupfile& gupfile) const {
        Generation one;
        one.id = id;
        one.time = system_clock().now();
        one.connector = observation_.connector.name;
        one.branch = observation_.code.branch;
        one.pins = gupfile.pins;
        return one;
    }

    // So that a rollback knows the pair that was here.
    Status record_before(std::int64_t sequence) {
        if (before_id_.empty()) {
            before_id_ = free_generation_id(folder_, before_name());
            GUP_CHECK(note(stage_step(folder_ / before_id_, observation_.owner)));
            GUP_CHECK(make_generations_folder(folder_, settings_.root, observation_.owner));
            if (::mkdir((folder_ / before_id_).c_str(), 0777) != 0) {
                return errno_error(errno, "cannot make " + (folder_ / before_id_).string());
            }
        }
        Generation before = generation_of(before_id_, observation_.gupfile);
        before.sequence = sequence;
        before.commit = pair_.from_commit;
        before.from_commit = pair_.from_commit;
        before.environment = environment_before_;
        if (current_ != nullptr) {
            before.previous = current_->previous;
        } else if (const Generation* latest = find_before(known_, nullptr)) {
            before.previous = latest->id;
        }
        return write_generation(folder_, before);
    }

    Status record() {
        if (!request_.back_to && !has_folder_) return {};
        std::int64_t sequence = 1;
        for (const Generation& one : known_) sequence = std::max(sequence, one.sequence + 1);
        const bool is_known = current_ != nullptr && before_id_.empty();
        if (!is_known) GUP_CHECK(record_before(sequence++));
        if (request_.back_to) return {};
        Generation made = generation_of(pair_.generation, request_.gupfile);
        made.sequence = sequence;
        made.commit = pair_.commit;
        made.from_commit = pair_.from_commit;
        made.previous = is_known ? current_->id : before_id_;
        made.environment = pair_.environment;
        return write_generation(folder_, made);
    }

    void finish() {
        result_.end = PairEnd::committed;
        result_.generation = pair_.generation;
        if (staged_ || back_to_another_environment()) know_by_its_place();
        if (!request_.back_to) prune();
        if (!journal_) return;
        if (auto status = journal_->end(); !status.ok()) log::warning({}, status.error().message);
    }

    void know_by_its_place() {
        auto now = inspect_environment({true, place_});
        if (now.ok()) result_.environment = *std::move(now);
    }

    void prune() const {
        for (const std::string& id : prune_generations(folder_, place_, pair_.generation, settings_.keep)) {
            log::debug(observation_.connector.name, fmt::format("removed generation {}", id));
        }
    }

    // ---- undo

    PairResult drop() {
        if (!steps_.empty()) (void)undo_steps();
        if (journal_) {
            if (auto status = journal_->end(); !status.ok()) log::warning({}, status.error().message);
        }
        result_.end = PairEnd::nothing;
        return std::move(result_);
    }

    Status undo_steps() {
        const UndoContext context{git_user(observation_), observation_.owner, UndoReason::failure};
        for (auto step = steps_.rbegin(); step != steps_.rend(); ++step) {
            GUP_TRY(const std::string done, undo_step(*step, context));
            log::debug(observation_.connector.name, done);
        }
        return {};
    }

    PairResult undo(Error cause, PairEnd end) {
        Status undone = undo_steps();
        if (undone.ok() && journal_) undone = journal_->end();
        if (!undone.ok()) {
            cause.message += "; and it could not be undone wholly: " + undone.error().message;
            if (cause.hint.empty()) cause.hint = "gup-agent recover";
        }
        result_.end = end;
        result_.error = std::move(cause);
        result_.actions.clear();
        result_.environment = request_.environment;
        return std::move(result_);
    }

    const PairRequest& request_;
    const Observation& observation_;
    const UpdateSettings& settings_;
    const RunEvents& events_;
    const PairHooks& hooks_;
    fs::path place_;
    fs::path folder_;  // of the generations
    StagedPair pair_;
    std::string environment_before_;  // as generations know it
    std::string before_id_;           // of the generation that is made for the pair of before
    std::vector<Generation> known_;
    const Generation* current_ = nullptr;  // of `known_`
    bool has_folder_ = false;
    bool staged_ = false;
    std::optional<Journal> journal_;
    std::vector<JournalStep> steps_;
    PairResult result_;
};

}  // namespace

PairResult switch_pair(const PairRequest& request, const UpdateSettings& settings, const RunEvents& events,
                       const PairHooks& hooks) {
    return PairTransaction(request, settings, events, hooks).run();
}

}  // namespace gup
