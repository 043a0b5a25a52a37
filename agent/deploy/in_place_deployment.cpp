// SPDX-License-Identifier: Apache-2.0
#include "deploy/in_place_deployment.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>

#include "connector/generation_store.hpp"
#include "connector/upstream.hpp"
#include "core/short_id.hpp"
#include "deploy/code_before.hpp"
#include "deploy/release_deployment.hpp"
#include "deploy/virtualenv_link.hpp"
#include "deploy/virtualenv_stage.hpp"
#include "python/installer/installer_command.hpp"
#include "python/pinned_prefix.hpp"
#include "source/git/export.hpp"
#include "util/log/log.hpp"
#include "util/sys/directory.hpp"
#include "util/sys/signals.hpp"
#include "util/sys/symlink.hpp"

namespace gup {
namespace {

class InPlaceDeployment final : public Deployment {
public:
    InPlaceDeployment(const DeploymentRequest& request, const UpdateSettings& settings, const RunEvents& events)
        : Deployment(request, settings, events),
          owner_(virtualenv_owner(observation_)),
          place_(observation_.place.path),
          folder_(generations_folder(settings.root, observation_.connector.name, place_)) {
        virtualenv_before_ = virtualenv_at(observation_.place);
        generation_.virtualenv = virtualenv_before_;
    }

private:
    [[nodiscard]] bool has_code() const { return request_.code != CodeChange::none; }
    [[nodiscard]] bool has_change() const override {
        return has_code() || staged_ || back_to_another_virtualenv() || has_stacks();
    }
    [[nodiscard]] bool back_to_another_virtualenv() const {
        const auto& back = request_.back_to;
        return back && !back->virtualenv.empty() && back->virtualenv != virtualenv_before_;
    }
    [[nodiscard]] bool has_stacks() const { return stacks() != nullptr; }
    [[nodiscard]] fs::path generations() const override { return folder_; }
    // In place the compose files are those of the commit: local changes of the work tree do not count.
    [[nodiscard]] StackRevision stack_source() const override {
        StackRevision source{{}, generation_.commit, {}, {}};
        if (request_.back_to) source.kept = folder_ / request_.back_to->id / kept_units_name;
        return source;
    }
    [[nodiscard]] fs::path staged_virtualenv() const { return virtualenv_in(folder_, generation_.id); }

    // ---- stage

    Status prepare() override {
        sweep_generations(folder_, place_);
        known_ = list_generations(folder_, place_);
        current_ = find_current(known_, generation_.from_commit, virtualenv_before_);
        PreparedInstall prepared;
        const bool wanted = prepare_pins(prepared);
        if (!has_code() && !wanted && !request_.back_to && !request_.stacks) return {};
        if (wanted || request_.move) GUP_CHECK(require_room_for(wanted ? &prepared : nullptr));
        GUP_CHECK(begin());
        if (request_.back_to) return stage_back();
        GUP_CHECK(make_generation());
        if (wanted) GUP_CHECK(stage_pins(std::move(prepared)));
        if (stop_requested()) return Error{ErrorCode::cancelled, "stopped before anything was switched", {}};
        return {};
    }

    // The way back may use what is kept for it.
    Status require_room_for(const PreparedInstall* pins) {
        if (request_.back_to) return {};
        SpaceRequest virtualenv{folder_, {}};
        if (pins != nullptr) {
            const fs::path live = request_.create ? fs::path() : real_virtualenv();
            GUP_TRY(virtualenv.need, virtualenv_need(folder_, live, *pins, request_.virtualenv));
        }
        const DiskNeed code = request_.move ? request_.move->need : DiskNeed{};
        return require_room(virtualenv, {observation_.connector.path, code}, settings_);
    }

    // Whether a virtualenv is to be staged. What an installer cannot even be started for leaves the live one alone.
    bool prepare_pins(PreparedInstall& prepared) {
        if (!request_.install) return request_.create || request_.remove;
        prepared = prepare_install(*request_.install, owner_, events_);
        if (request_.create) return true;
        InstallerSettings installer = settings_.installer;
        installer.home = observation_.owner.home;
        if (!prepared.requests.empty() && can_be_called(installer)) return true;
        const InstallTarget live{request_.gupfile, owner_, request_.virtualenv};
        result_.failures = install(*request_.install, std::move(prepared), live, settings_.installer, events_).failures;
        return false;
    }

    [[nodiscard]] bool can_be_called(const InstallerSettings& installer) const {
        const auto& pins = request_.gupfile.pins;
        const bool has_hashes =
            std::any_of(pins.begin(), pins.end(), [](const Requirement& pin) { return !pin.hashes.empty(); });
        return choose_installer(request_.virtualenv, installer, has_hashes).ok();
    }

    // Where links at the place lead; the place itself while it is a folder.
    [[nodiscard]] fs::path real_virtualenv() const { return real_path(place_).value_or(place_); }

    Status begin() {
        const std::string& branch = request_.back_to ? request_.back_to->branch : observation_.code.branch;
        const std::string id = transaction_id(system_clock().now(), branch, generation_.commit);
        // Wherever people know the virtualenv, the agent may switch its link.
        const std::vector<fs::path> shared{settings_.root, settings_.root / ".pyenv", place_.parent_path()};
        GUP_TRY(transaction_, Transaction::begin({settings_.state,
                                                  observation_.connector.name,
                                                  observation_.owner,
                                                  git_user(observation_),
                                                  shared,
                                                  {},
                                                  settings_.systemd,
                                                  settings_.podman},
                                                 id));
        generation_.id = free_generation_id(folder_, folder_name_of(id));
        return has_code() ? transaction_->log_git(observation_.connector.path) : Status{};
    }

    // Where none can be made (a root folder that its user may not write to), code moves all the same, without a record.
    Status make_generation() {
        GUP_CHECK(transaction_->log_folder(folder_ / generation_.id));
        Status made = make_generations_folder(folder_, settings_.root, observation_.owner);
        if (made.ok() && ::mkdir((folder_ / generation_.id).c_str(), 0777) != 0) {
            made = errno_error(errno, "cannot create " + (folder_ / generation_.id).string());
        }
        generation_.folder = folder_ / generation_.id;
        has_folder_ = made.ok();
        if (made.ok() || request_.install || request_.create || made.error().code != ErrorCode::permission) return made;
        log::warning(observation_.connector.name,
                     fmt::format("a later rollback to the current state is not possible: {}", made.error().message));
        return {};
    }

    // A failure leaves the virtualenv as it is. The code may move, unless this machine caused the failure.
    Status stage_pins(PreparedInstall prepared) {
        const StageRequest where{request_.create ? fs::path() : fs::path(real_virtualenv()), staged_virtualenv(),
                                 request_.create && request_.virtualenv.sees_system};
        auto staged = stage_virtualenv(where, owner_, settings_, events_);
        if (!staged.ok()) return discard(staged.error());
        std::vector<std::string> actions;
        if (request_.create) actions.push_back(display_done(Step{*request_.create}));
        Installed installed;
        installed.virtualenv = *std::move(staged);
        const ObservedVirtualenv before = installed.virtualenv;
        if (request_.install) {
            installed = install_staged(*request_.install, std::move(prepared), {request_.gupfile, owner_, before},
                                       settings_.installer, events_);
        }
        if (request_.remove) {
            remove_staged(*request_.remove, {request_.gupfile, owner_, before}, settings_.installer, events_,
                          installed);
        }
        result_.failures = std::move(installed.failures);
        GUP_CHECK(check_machine(result_.failures));
        actions.insert(actions.end(), installed.actions.begin(), installed.actions.end());
        // One that replaces a broken one is whole, or it is not there.
        const bool is_again = request_.create && !request_.create->because.empty();
        if (actions.empty() || (is_again && !result_.failures.empty())) return discard(std::nullopt);
        if (auto flushed = sync_file_system(generation_.folder); !flushed.ok()) return discard(flushed.error());
        staged_ = true;
        generation_.virtualenv = staged_virtualenv().string();
        result_.actions = std::move(actions);
        result_.virtualenv = std::move(installed.virtualenv);
        return {};
    }

    Status discard(std::optional<Error> error) {
        if (error && is_machine_failure(*error)) return *std::move(error);
        result_.stage_error = std::move(error);
        return remove_tree(staged_virtualenv());
    }

    Status stage_back() {
        generation_.id = request_.back_to->id;
        generation_.folder = folder_ / generation_.id;
        if (!back_to_another_virtualenv()) return {};
        generation_.virtualenv = request_.back_to->virtualenv;
        if (!is_file(fs::path(generation_.virtualenv) / "pyvenv.cfg")) {
            return Error{
                ErrorCode::not_found, fmt::format("its virtualenv no longer exists: {}", generation_.virtualenv), {}};
        }
        return pin_prefix(generation_.virtualenv);
    }

    // ---- switch

    Status switch_code() {
        if (!has_code()) return {};
        const std::string& name = observation_.connector.name;
        const auto before = [this](const WorkTreeMove& move) { return transaction_->log_checkout(move); };
        GUP_TRY(GitRepository repository, open_repository(observation_));
        if (request_.move) {
            const FastForward& move = *request_.move;
            events_.tell(name, "checking out " + short_id(move.to));
            GUP_CHECK(repository.move_work_tree(move.branch, move.from, move.to, before));
        }
        return repository.update_submodules(before, [&](const TransferProgress& progress) {
            events_.tell(name, Activity{"fetching submodules", progress.bytes, Milliseconds{0}});
        });
    }

    // Without it, hooks see the new code only.
    void keep_code_before() override {
        if (!request_.move) return;
        const Status kept = copy_code();
        if (kept.ok()) return;
        log::warning(observation_.connector.name,
                     fmt::format("PREVIOUS_CONFIG of its hooks has the new code: {}", kept.error().message));
    }

    // In root, also if generations are elsewhere: there hard links are possible, and the operator's hooks may be told of it.
    Status copy_code() {
        const Connector& connector = observation_.connector;
        const fs::path folder = settings_.root / generations_name / connector.name;
        const fs::path copy = folder / ".code-before";
        GUP_TRY(const GitExport repository, GitExport::open(connector.path, git_user(observation_)));
        GUP_TRY(const auto paths, repository.paths(request_.move->from));
        GUP_CHECK(make_generations_folder(folder, settings_.root, observation_.owner));
        GUP_CHECK(remove_tree(copy));
        GUP_CHECK(transaction_->log_folder(copy));
        GUP_CHECK(keep_code(connector.path, paths, copy));
        generation_.code_before = copy;
        return {};
    }

    Status remove_code_before() {
        if (generation_.code_before.empty()) return {};
        GUP_CHECK(remove_tree(generation_.code_before));
        remove_empty_generations_folder(generation_.code_before.parent_path());
        return {};
    }

    Status switch_all() override {
        GUP_CHECK(switch_code());
        return switch_place();
    }

    Status switch_place() {
        if (!staged_ && !back_to_another_virtualenv()) return {};
        const std::string before = free_generation_id(folder_, before_name());
        const VirtualenvSwitch wanted{observation_, generation_.virtualenv, virtualenv_in(folder_, before)};
        const auto displaced = switch_virtualenv(wanted, *transaction_);
        if (!displaced.ok()) return displaced.error();
        if (*displaced == Displaced::link) return {};
        before_id_ = before;
        virtualenv_before_ = wanted.aside.string();
        return {};
    }

    // ---- record

    [[nodiscard]] std::string before_name() const {
        const std::string id = transaction_id(system_clock().now(), observation_.code.branch, generation_.from_commit);
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

    // So that a rollback knows the generation that was here.
    Status record_before(std::int64_t sequence) {
        if (before_id_.empty()) {
            before_id_ = free_generation_id(folder_, before_name());
            GUP_CHECK(transaction_->log_folder(folder_ / before_id_));
            GUP_CHECK(make_generations_folder(folder_, settings_.root, observation_.owner));
            if (::mkdir((folder_ / before_id_).c_str(), 0777) != 0) {
                return errno_error(errno, "cannot create " + (folder_ / before_id_).string());
            }
        }
        Generation before = generation_of(before_id_, observation_.gupfile);
        before.sequence = sequence;
        before.commit = generation_.from_commit;
        before.from_commit = generation_.from_commit;
        before.virtualenv = virtualenv_before_;
        if (current_ != nullptr) {
            before.previous = current_->previous;
        } else if (const Generation* latest = find_before(known_, nullptr)) {
            before.previous = latest->id;
        }
        return write_generation(folder_, before);
    }

    Status record() override {
        GUP_CHECK(remove_code_before());
        if (!request_.back_to && !has_folder_) return {};
        std::int64_t sequence = 1;
        for (const Generation& one : known_) sequence = std::max(sequence, one.sequence + 1);
        const bool is_known = current_ != nullptr && before_id_.empty();
        if (!is_known) GUP_CHECK(record_before(sequence++));
        if (request_.back_to) return {};
        Generation made = generation_of(generation_.id, request_.gupfile);
        made.sequence = sequence;
        made.commit = generation_.commit;
        made.from_commit = generation_.from_commit;
        made.previous = is_known ? current_->id : before_id_;
        made.virtualenv = generation_.virtualenv;
        return write_generation(folder_, made);
    }

    void describe() override {
        if (request_.back_to) {
            result_.actions.push_back(fmt::format("rolled back to {}: {} {} → {}", request_.back_to->id,
                                                  observation_.code.branch, short_id(generation_.from_commit),
                                                  short_id(request_.back_to->commit)));
            log::info(observation_.connector.name, result_.actions.back());
        }
        if (!staged_ && !back_to_another_virtualenv()) return;
        auto now = inspect_virtualenv({true, place_});
        if (now.ok()) result_.virtualenv = *std::move(now);
    }

    void prune() const override {
        for (const std::string& id : prune_generations(folder_, place_, generation_.id, settings_.keep)) {
            log::debug(observation_.connector.name, fmt::format("removed generation {}", id));
        }
    }

    VirtualenvOwner owner_;
    fs::path place_;
    fs::path folder_;                // of the generations
    std::string virtualenv_before_;  // as generations know it
    std::string before_id_;          // of the generation that is recorded for what was here before
    std::vector<Generation> known_;
    const Generation* current_ = nullptr;  // of `known_`
    bool has_folder_ = false;
    bool staged_ = false;
};

}  // namespace

std::unique_ptr<Deployment> make_deployment(const DeploymentRequest& request, const UpdateSettings& settings,
                                            const RunEvents& events) {
    if (request.layout.value_or(request.observation.layout) == Layout::releases) {
        return make_release_deployment(request, settings, events);
    }
    return std::make_unique<InPlaceDeployment>(request, settings, events);
}

}  // namespace gup
